/** What a person needs to see when a run failed: what did not hold, the phases, the SIP, and how to play it again. */
import { HURRIED_WORDS_PER_MINUTE } from '../audio/speech.ts';
import { drawLadder } from '../phone/ladder.ts';
import { ofTime } from '../starvation/of-time.ts';
import { inWords } from '../starvation/rule.ts';
import type { Report } from './run.ts';
import type { Stage } from './stage.ts';

/** For a test that is to fail. */
export function failure(options: Parameters<typeof explain>[0]): Error {
  const error = new Error(explain(options));
  return options.report.ofTime ? ofTime(error) : error;
}

export function explain(options: { report: Report; stage: Stage | undefined }): string {
  const { report, stage } = options;
  const failed = report.checks.filter((check) => !check.pass);
  const firstMs = stage?.events[0]?.atMs ?? 0;
  const isHurried = stage?.lab.voice.wordsPerMinute === HURRIED_WORDS_PER_MINUTE;
  const events = stage?.events.map((event) => {
    const { callId: _, atMs, type, ...rest } = event;
    return `${String(Math.round(atMs - firstMs)).padStart(7)} ms ${type} ${JSON.stringify(rest)}`;
  });
  return [
    `Scenario ${report.scenario} failed.`,
    ...(report.stopped === undefined ? [] : [`It stopped: ${report.stopped}`]),
    ...failed.map((check) => `  ✗ ${check.check}: ${check.figure}`),
    '',
    inWords(report.waiting),
    '',
    'What the application recorded:',
    ...(events && events.length > 0 ? events : ['  nothing']),
    '',
    'What the AI heard:',
    ...heard(stage, firstMs),
    ...ladder("The caller's leg", stage?.callerCall),
    ...ladder("The human's leg", stage?.humanCall),
    '',
    `Logs: ${stage?.lab.directory ?? 'none'}`,
    `Play it again: pnpm scenario ${report.scenario}${isHurried ? ' --hurried' : ''}`,
  ].join('\n');
}

function heard(stage: Stage | undefined, firstMs: number): string[] {
  const sentences = stage?.lab.standIns.heard.filter(({ atMs }) => atMs >= firstMs) ?? [];
  if (sentences.length === 0) return ['  nothing'];
  return sentences.map(({ atMs, sentence, words }) => {
    const at = String(Math.round(atMs - firstMs)).padStart(7);
    const heardWords = words.join(' ');
    return `${at} ms “${sentence}”${heardWords === sentence ? '' : `, of which “${heardWords}” was heard`}`;
  });
}

function ladder(title: string, call: Stage['callerCall']): string[] {
  return ['', `${title}:`, call ? drawLadder(call.ladder) : '  there was none'];
}
