/** The part of deadlines.ts that is about messages of callers. */
import { limits } from '../../agent/limits.ts';
import { seconds } from '../print/markdown.ts';
import { type Guard, guardsOf } from './guard.ts';

export const messageDeadlines: readonly Guard[] = [
  ...guardsOf('deadline', 'messages/message-taker.ts', 'messages/message-taker.test.ts', [
    [
      `a message is on the disk, ${seconds(limits.spoolMs)}`,
      'within(limits.spoolMs, spool.put(message))',
      'a disk that does not answer in time',
      'spool.put(message)',
    ],
  ]),
  ...guardsOf('deadline', 'messages/spool.ts', 'messages/spool.test.ts', [
    [
      `a message is one worker's to send, ${seconds(limits.claimMs)}`,
      'Date.now() + limits.claimMs',
      'keeps a message from everybody until it runs out',
      'Infinity',
    ],
  ]),
  ...guardsOf('deadline', 'messages/delivery.ts', 'messages/delivery.test.ts', [
    [
      `the receiver of a message answers, ${seconds(limits.webhookMs)}`,
      'signal: AbortSignal.timeout(limits.webhookMs),',
      'and never answers is given up on',
    ],
    [
      `a message that was not taken is sent again, after ${seconds(limits.redeliverMs)} and more`,
      'Math.min(limits.redeliverMs * 2 ** (count - 1), limits.redeliverMaxMs)',
      'gets the message again, after longer and longer pauses',
      'Infinity',
    ],
    [
      `a message that was refused is sent again, after ${seconds(limits.refusedMs)}`,
      "kind === 'refused' ? limits.refusedMs : doubledMs",
      'is asked slowly, the message stays',
      'doubledMs',
    ],
    [
      `messages are looked for, every ${seconds(limits.sweepMs)}`,
      'setTimeout(() => this.start(), limits.sweepMs)',
      'sweeps come at once and go on',
      'undefined',
    ],
  ]),
];
