/** Plays every scenario of one theme once, in one lab, with all checks. Each file beside this one is a theme. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../../lab/audio/speech.ts';
import { Lab } from '../../lab/network/lab.ts';
import { type Theme, themes } from '../../lab/scenarios/all.ts';
import { explain } from '../../lab/scenarios/explain.ts';
import { playScenario } from '../../lab/scenarios/run.ts';
import { type Scenario, usualScript } from '../../lab/scenarios/scenario.ts';
import type { Stage } from '../../lab/scenarios/stage.ts';
import { prepare } from '../../lab/setup/prepare.ts';

/** `pnpm scenario NAME --times 20` plays one of them in a row. */
export function playTheme(theme: Theme): void {
  const scenarios: readonly Scenario[] = themes[theme];
  let lab: Lab;
  beforeAll(async () => {
    const tools = await prepare({ say: () => undefined });
    const faultyApi = scenarios.some((scenario) => scenario.faultyApi);
    const wordsPerMinute = HURRIED_WORDS_PER_MINUTE;
    lab = await Lab.start({ tools, script: usualScript, faultyApi, wordsPerMinute });
  }, 900_000);
  afterAll(() => lab?.stop());

  test.each([...scenarios])('$name: $title', async (scenario) => {
    let stage: Stage | undefined;
    const { report } = await playScenario({ lab, scenario, onStage: (set) => (stage = set) });
    expect(report.pass, report.pass ? '' : explain({ report, stage })).toBe(true);
  });
}
