/**
 * Plays scenarios once each, with all checks. Each file beside this one is a theme, and test/core/ has one story for each kind of
 * end; vitest.config.ts lets the files that one process plays share its modules, and so its lab: starting one is heard in the
 * calls of the others.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../../lab/audio/speech.ts';
import { Lab } from '../../lab/network/lab.ts';
import { type Theme, themes } from '../../lab/scenarios/all.ts';
import { failure } from '../../lab/scenarios/explain.ts';
import { playScenario } from '../../lab/scenarios/run.ts';
import { type Scenario, usualScript, wordsFor } from '../../lab/scenarios/scenario.ts';
import type { Stage } from '../../lab/scenarios/stage.ts';
import { prepare } from '../../lab/setup/prepare.ts';

/** Ends with this process, which takes its servers with it. */
let lab: Lab | undefined;
/** The file of the words that it plays with. */
let words = '';

/** The lab, started anew when it plays with other words. */
async function labWith(wanted: string): Promise<Lab> {
  if (words !== wanted) await stopLab();
  words = wanted;
  return (lab ??= await Lab.start({
    words,
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    faultyApi: true,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  }));
}

async function stopLab(): Promise<void> {
  await lab?.stop();
  lab = undefined;
}

/** `pnpm scenario NAME --times 20` plays one of them in a row. */
export function playTheme(theme: Theme): void {
  playStories(themes[theme]);
}

export function playStories(scenarios: readonly Scenario[]): void {
  // The first time, servers may have to be built.
  beforeAll(() => labWith(wordsFor(scenarios[0]!)), 900_000);

  test.for([...scenarios])('$name: $title', async (scenario, { task }) => {
    const lab = await labWith(wordsFor(scenario));
    let stage: Stage | undefined;
    const { report, world } = await playScenario({
      lab,
      scenario,
      onStage: (set) => (stage = set),
    });
    // Of the story alone: a lab that has to be started before it needs all that there is.
    if (report.waiting) task.meta.waiting = report.waiting;
    if (report.pass) return;
    const why = failure({ report, stage });
    // Beside the logs, because whether something was there that was heard for a moment is told by the frames alone.
    writeFileSync(join(lab.directory, `${scenario.name}.json`), JSON.stringify(world));
    // What went wrong in one story must not be the cause of another's failure.
    await stopLab();
    throw why;
  });
}
