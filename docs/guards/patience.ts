/** How long a human who is asked and a provider that is needed are waited for. Part of the list in deadlines.ts. */
import { limits } from '../../agent/limits.ts';
import { seconds } from '../print/markdown.ts';
import { type Guard, guardsOf } from './guard.ts';

export const patience: readonly Guard[] = [
  ...guardsOf('deadline', 'transfer/offer-reminder.ts', 'transfer/offer-reminder.test.ts', [
    [
      `a human who says nothing is asked again, after ${seconds(limits.offerAgainMs)}`,
      'timer = setTimeout(onSilence, limits.offerAgainMs);',
      'a human who stays silent is asked again',
      'timer = undefined;',
    ],
    [
      `a human who says nothing all the same is given up on, asked ${limits.offerRepeats} times more`,
      'if (said === limits.offerRepeats) return onSilent();',
      'a human who stays silent is asked again, and given up on',
    ],
  ]),
  ...guardsOf('deadline', 'models.ts', 'models.test.ts', [
    [
      `the model's answer, ${seconds(limits.modelMs)}`,
      'timeoutMs: limits.modelMs,',
      'waits no longer for the model and for words than people do',
    ],
    [
      `words of what somebody said, ${seconds(limits.transcriptMs)}; then it is heard again`,
      'transcriptionTimeout: limits.transcriptMs,',
      'waits no longer for the model and for words than people do',
    ],
  ]),
  ...guardsOf('deadline', 'steady-stt.ts', 'steady-stt.test.ts', [
    [
      `one connection to speech-to-text, ${seconds(limits.providerConnectMs)}`,
      'timeoutMs: limits.providerConnectMs,',
      'gets one chance, within its limit',
      'timeoutMs: 60_000,',
    ],
    [
      `what is heard again, the last ${seconds(limits.hearAgainMs)}`,
      'while (this.#unheardMs > limits.hearAgainMs)',
      'is not kept for longer than its limit',
      'while (false)',
    ],
  ]),
  ...guardsOf('deadline', 'steady-tts.ts', 'steady-tts.test.ts', [
    [
      `one piece of speech on its way, ${limits.speechPieceMs} ms`,
      'const length = (sampleRate * limits.speechPieceMs) / 1000;',
      'sound comes in short pieces',
      'const length = samplesPerChannel;',
    ],
    [
      `one connection to the voice, ${seconds(limits.providerConnectMs)}`,
      'timeoutMs: limits.providerConnectMs,',
      'gets one chance, within its limit',
      'timeoutMs: 60_000,',
    ],
    [
      `the first sound of a text, ${seconds(limits.firstAudioMs)}`,
      'this.#watch(connection, limits.firstAudioMs);',
      'a voice that says nothing is given up on',
    ],
    [
      `the next sound of a text, ${seconds(limits.nextAudioMs)}`,
      'if (this.#isWhole) this.#watch(connection, limits.nextAudioMs);',
      'a voice that falls silent in the middle is given up on',
      'this.#cancelWatch?.();',
    ],
    [
      'an attempt counts when this process had time for it',
      'return active >= limits.busyMs && utilization >= limits.busyLoop;',
      'what breaks off while this process has no time for it',
      'return false;',
    ],
    [
      `attempts to speak a text, ${limits.providerTries}`,
      'attempt <= limits.providerTries',
      'a voice that fails again and again is given up on',
      'attempt < Infinity',
    ],
  ]),
  ...guardsOf('deadline', 'models.ts', 'models.test.ts', [
    [
      `the SDK's patience with a voice, ${seconds(limits.speechStallMs)}, longer than ours`,
      'ttsReadIdleTimeout: limits.speechStallMs,',
      'a session waits no longer for the model and for words than people do',
    ],
    [
      'the same, for what is on its way to the room',
      'forwardAudioIdleTimeout: limits.speechStallMs,',
      'a session waits no longer for the model and for words than people do',
    ],
  ]),
  ...guardsOf('deadline', 'teardown.ts', 'teardown.test.ts', [
    [
      `a deadline that passes ${limits.onTimeMs} ms late looks once more`,
      'if (lateMs < limits.onTimeMs) return onPassed();',
      'that passes while the process stands still waits for what came meanwhile',
      'return onPassed();',
    ],
    [
      `and not for longer than it was late, or ${seconds(limits.secondLookMs)}`,
      'Math.min(lateMs, limits.secondLookMs)',
      'is put off once, for as long as it was late',
      '10_000',
    ],
  ]),
  ...guardsOf('deadline', 'workarounds/prompt-vad.ts', 'workarounds/prompt-vad.test.ts', [
    [
      `how late voice detection may be, ${seconds(limits.lateMs)}`,
      'waitingMs > (this.#isDropping ? limits.lateMs / 2 : limits.lateMs)',
      'what comes while a second waits is dropped and counted',
      'false',
    ],
    [
      'and when a turn is cut off it is not late',
      'gate.startAnew();',
      'a turn that is cut off, after which the detector counts anew',
    ],
  ]),
];
