/**
 * The AI's end of the call room: listening to the caller, keeping them on hold, giving them back to the AI, leaving.
 * Only the caller is ever subscribed to, and only while the AI is there for them.
 */
import type { voice } from '@livekit/agents';
import { type Room, RoomEvent } from '@livekit/rtc-node';
import { HoldAudio } from './hold.ts';
import { closeSession, hush } from './models.ts';

export class CallerSide {
  readonly #room: Room;
  readonly #session: voice.AgentSession;
  readonly #identity: string;
  #hold: HoldAudio | undefined;

  constructor(options: { room: Room; session: voice.AgentSession; identity: string }) {
    this.#room = options.room;
    this.#session = options.session;
    this.#identity = options.identity;
    this.#room.on(RoomEvent.TrackPublished, (_, participant) => {
      if (participant.identity === this.#identity && this.#session.input.audioEnabled)
        this.listen(true);
    });
  }

  /** Subscribes to what the caller says, or stops that. */
  listen(listening: boolean): void {
    const caller = this.#room.remoteParticipants.get(this.#identity);
    caller?.trackPublications.forEach((publication) => publication.setSubscribed(listening));
  }

  /** Puts the caller on hold: they hear `words`, then the tune, and are not listened to. */
  hold(words: string): void {
    this.#hold = new HoldAudio(this.#room);
    this.#session.input.setAudioEnabled(false);
    this.#session.say(words, { allowInterruptions: false });
  }

  /** Takes the AI off the line: when this returns, no tune and no words are sent, and nobody is subscribed to. */
  clearLine(): void {
    // The silent track is withdrawn when the AI leaves: doing it here would make the caller's connection negotiate
    // that first, and the two would hear each other 80 ms later.
    this.#hold?.silence();
    this.listen(false);
    hush(this.#session);
  }

  /** Gives the caller back to the AI, which says `words` first. @throws Error when the AI is not there any more. */
  async returnToAgent(words: string): Promise<void> {
    this.listen(true);
    await this.#hold?.close();
    this.#session.input.setAudioEnabled(true);
    this.#session.say(words);
  }

  /** Closes the AI's session with `transfer_completed`, and publishes nothing any more. */
  async leave(): Promise<void> {
    await closeSession(this.#session, 'transfer_completed');
    await this.#hold?.close();
    const { localParticipant } = this.#room;
    for (const { sid } of localParticipant?.trackPublications.values() ?? []) {
      if (sid) await localParticipant?.unpublishTrack(sid).catch(() => undefined);
    }
  }
}
