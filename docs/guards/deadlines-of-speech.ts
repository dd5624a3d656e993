/** What limits sessions and what is said in them. Part of the list in deadlines.ts. */
import { limits } from '../../agent/limits.ts';
import { seconds } from '../print/markdown.ts';
import { type Guard, guardsOf } from './guard.ts';

export const ofSpeech: readonly Guard[] = [
  ...guardsOf('deadline', 'models.ts', 'models.test.ts', [
    [
      `the end of a session, ${seconds(limits.sessionCloseMs)}`,
      'await within(limits.sessionCloseMs, Promise.race([closed, done ?? closed])).catch( () => undefined, );',
      'that hangs is waited for no longer than its limit',
      'await Promise.race([closed, done ?? closed]).catch(() => undefined);',
    ],
    [
      `speech on its way to the caller, ${seconds(limits.speechAheadMs)}`,
      'queueSizeMs: limits.speechAheadMs',
      'a noise that makes the AI pause loses no more than 200 ms',
    ],
    [
      'the end of a session whose own promise stays open',
      'Promise.race([closed, done ?? closed])',
      'ends with the Close event, though',
      '(done ?? closed)',
    ],
  ]),
  ...guardsOf('deadline', 'transfer/briefing.ts', 'transfer/briefing.test.ts', [
    [
      `the summary, ${seconds(limits.summaryMs)}; then the template`,
      'within(limits.summaryMs, ask())',
      'is the template when the model takes longer than its limit',
      'ask()',
    ],
  ]),
  ...guardsOf('deadline', 'transfer/consultation.ts', 'transfer/consultation.test.ts', [
    [
      `the AI’s way into the consult room, ${seconds(limits.joinMs)}`,
      'await within(limits.joinMs, joined);',
      'that hangs is waited for no longer than its limit',
      'await joined;',
    ],
    [
      `the headline, ${seconds(limits.headlineMs)}`,
      'await within(limits.headlineMs, speech.waitForPlayout());',
      'is not made when the headline does not come to its end within its limit',
      'await speech.waitForPlayout();',
    ],
    [
      `last words to the human, ${seconds(limits.farewellMs)}`,
      'await within(limits.farewellMs, speech.waitForPlayout()).catch(() => undefined);',
      'last words are waited for no longer than their limit',
      'await speech.waitForPlayout();',
    ],
  ]),
];
