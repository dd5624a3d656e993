/**
 * What a session says and is about to say, so that it can be cut off for words that follow at once. Used by the consultation.
 *
 * `session.interrupt({ force: true })` does not do for that: it counts a speech as over while audio of it is still on its way,
 * and the first frame of the next words then fails in the audio source, with all that follow (agents-js #1984). And a reply that is
 * cut off just as its first sound is on its way waits for ever to be played (agents 1.8.1), with all that follow.
 */
import { voice } from '@livekit/agents';
import { limits } from './limits.ts';
import { within } from './teardown.ts';

type Speech = Pick<voice.SpeechHandle, 'interrupt' | 'waitForPlayout'>;
type Session = Pick<voice.AgentSession, 'on' | 'output'>;

export class Speeches {
  readonly #underWay = new Set<Speech>();

  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
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
    await within(limits.cutOffMs, Promise.all(over)).catch(() => this.#letGo());
  }

  /** Tells the session that what it waits for has been played. */
  #letGo(): void {
    const { audio } = this.#session.output;
    while (audio && audio.pendingPlayoutSegments > 0) {
      audio.onPlaybackFinished({ playbackPosition: 0, interrupted: true });
    }
  }
}
