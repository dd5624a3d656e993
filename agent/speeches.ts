/**
 * What a session says and is about to say, so that it can be cut off for words that follow at once. Used by the consultation.
 *
 * `session.interrupt({ force: true })` does not do for that: it counts a speech as over while audio of it is still on its way,
 * and the first frame of the next words then fails in the audio source, with all that follow (agents-js #1984).
 */
import { voice } from '@livekit/agents';
import { limits } from './limits.ts';
import { within } from './teardown.ts';

type Speech = Pick<voice.SpeechHandle, 'interrupt' | 'waitForPlayout'>;

export class Speeches {
  readonly #underWay = new Set<Speech>();

  constructor(session: Pick<voice.AgentSession, 'on'>) {
    session.on(voice.AgentSessionEventTypes.SpeechCreated, ({ speechHandle }) => {
      this.#underWay.add(speechHandle);
      speechHandle.addDoneCallback(() => this.#underWay.delete(speechHandle));
    });
  }

  /** Cuts off everything, also what may not be interrupted. Resolves when it is over, at the latest after `limits.cutOffMs`. */
  async cutOff(): Promise<void> {
    const over = [...this.#underWay].map((speech) => {
      speech.interrupt(true);
      return speech.waitForPlayout();
    });
    await within(limits.cutOffMs, Promise.all(over)).catch(() => undefined);
  }
}
