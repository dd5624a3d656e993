/** Whoever changes what the AI says has a demo that still works: it is played with the words of own-words.ts. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { Lab } from '../lab/network/lab.ts';
import { scenarios } from '../lab/scenarios/all.ts';
import { explain } from '../lab/scenarios/explain.ts';
import { playScenario } from '../lab/scenarios/run.ts';
import { usualScript } from '../lab/scenarios/scenario.ts';
import type { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';
import { words } from './own-words.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    words: join(import.meta.dirname, 'own-words.ts'),
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);
afterAll(() => lab?.stop());

test('the demo is played with another greeting and another offer', async () => {
  const scenario = scenarios.get('accepted-by-voice')!;
  let stage: Stage | undefined;
  const { report } = await playScenario({ lab, scenario, onStage: (set) => (stage = set) });
  expect(report.pass, report.pass ? '' : explain({ report, stage })).toBe(true);
  const said = lab.standIns.spoken.map(({ sentence }) => sentence).join(' ');
  expect(said).toContain(words.agent.greeting);
  expect(said).toContain('Key one is yes, and key two is no.');
  expect(lab.standIns.languages()).toEqual({ heard: ['de'], spoken: ['de'] });
});
