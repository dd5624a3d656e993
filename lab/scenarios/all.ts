/** Every scenario, by theme and by name. Each acts out one story; what must be true afterwards is in lab/checks. */
import { addressing } from './addressing.ts';
import { ailing } from './ailing.ts';
import { consulting } from './consulting.ts';
import { deciding } from './deciding.ts';
import { dialling } from './dialling.ts';
import { ending } from './ending.ts';
import { interrupting } from './interrupting.ts';
import { leaving } from './leaving.ts';
import { losing } from './losing.ts';
import { merging } from './merging.ts';
import { messages } from './messages.ts';
import { racing } from './racing.ts';
import { repeating } from './repeating.ts';
import type { Scenario } from './scenario.ts';
import { searching } from './searching.ts';

/** Each theme has a test file of its own name in test/scenarios/, so that themes can be played side by side. */
export const themes = {
  addressing,
  ailing,
  consulting,
  deciding,
  dialling,
  ending,
  interrupting,
  leaving,
  losing,
  merging,
  messages,
  racing,
  repeating,
  searching,
} as const satisfies Record<string, readonly Scenario[]>;
export type Theme = keyof typeof themes;

export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.values<readonly Scenario[]>(themes).flatMap((theme) => theme.map((s) => [s.name, s])),
);
