/**
 * The AI's end of the call room: listening to the caller, keeping them on hold, giving them back to the AI, leaving.
 * Only the caller is ever subscribed to, and only while the AI is there for them.
 */
import { log, voice } from '@livekit/agents';
import { type Room, RoomEvent } from '@livekit/rtc-node';
import { HoldAudio } from './hold.ts';
import { limits } from './limits.ts';
import { closeSession, hush, onFault, tell } from './models.ts';
import { Speeches } from './speeches.ts';
import { within } from './teardown.ts';
import type { Words } from './words.ts';
import { withdrawTracks } from './workarounds/withdraw-tracks.ts';

export class CallerSide {
  readonly #room: Room;
  readonly #session: voice.AgentSession;
  readonly identity: string;
  /** Undefined when it is withheld. */
  readonly number: string | undefined;
  #hold: HoldAudio | undefined;
  #words: HoldWords | undefined;
  #isOnHold = false;
  readonly #speeches: Speeches;

  constructor(options: {
    room: Room;
    session: voice.AgentSession;
    identity: string;
    number: string | undefined;
    /** What the caller hears when a provider fails. */
    words: Pick<Words['agent'], 'noReply' | 'notHeard'>;
  }) {
    const { words } = options;
    this.#room = options.room;
    this.#session = options.session;
    this.identity = options.identity;
    this.number = options.number;
    this.#speeches = new Speeches(options.session);
    const listenAgain = () => void (this.#session.input.audioEnabled && this.listen(true));
    this.#room.on(RoomEvent.TrackPublished, (_, { identity }) => {
      if (identity === this.identity) listenAgain();
    });
    // What is asked for before we are back in the room gets lost, also for a track that is new (rtc-node 0.13.35).
    this.#room.on(RoomEvent.Reconnected, listenAgain);
    onFault(this.#session, {
      noReply: () => this.#tell(words.noReply),
      notHeard: () => this.#tell(words.notHeard),
      // Nothing can be said to a caller who is not on hold: the call ends, which nobody mistakes for a pause.
      noVoice: () => this.#isOnHold || void closeSession(this.#session, 'error'),
    });
    // However the call ends, its session is closed, and with it the timer.
    this.#session.on(voice.AgentSessionEventTypes.Close, () => this.#words?.end());
  }

  /** Subscribes to what the caller says, or stops that. */
  listen(listening: boolean): void {
    const caller = this.#room.remoteParticipants.get(this.identity);
    caller?.trackPublications.forEach((publication) => publication.setSubscribed(listening));
  }

  /**
   * Puts the caller on hold: they hear `words`, then the tune, and are not listened to.
   * @param nextWords is asked `limits.holdWordsMs` after the last words what to say next; undefined ends the asking.
   */
  hold(words: string, nextWords: () => string | undefined): void {
    this.#isOnHold = true;
    // On the way from one number to the next the tune goes on, unless a merge had silenced it.
    this.prepareHold().play();
    this.#session.input.setAudioEnabled(false);
    this.#words?.end();
    this.#words = new HoldWords(this.#session, nextWords);
    this.#words.begin(words);
  }

  /** Publishes the track of the next hold ahead of it, if there is none. @returns its tune. */
  prepareHold(): HoldAudio {
    if (this.#hold?.isUsable) return this.#hold;
    void this.#hold?.close();
    return (this.#hold = new HoldAudio(this.#room));
  }

  /** Resolves when the first words of the hold were spoken to their end, but not later than `limits.announcementMs`. */
  async heardFirstWords(): Promise<void> {
    await within(limits.announcementMs, this.#words?.firstSpoken ?? Promise.resolve()).catch(
      () => undefined,
    );
  }

  /** Takes the AI off the line: when this returns, no tune and no words are sent, and nobody is subscribed to. */
  clearLine(): void {
    // The silent track is withdrawn when the AI leaves: doing it here would make the caller's connection negotiate
    // that first, and the two would hear each other 80 ms later.
    this.#hold?.silence();
    this.#words?.end();
    this.listen(false);
    hush(this.#session);
  }

  /** Gives the caller back to the AI, which says `words` first. @throws Error when the AI is not there any more. */
  returnToAgent(words: string): void {
    this.#words?.end();
    this.listen(true);
    // The withdrawal of the track is not waited for: a server in trouble takes a second for it, or never answers.
    void this.#hold?.close();
    this.#hold = undefined;
    this.#session.input.setAudioEnabled(true);
    this.#isOnHold = false;
    this.#session.say(words);
    this.prepareHold();
  }

  /** Says last words, for at most `limits.goodbyeMs`. The caller is not listened to any more. */
  async partWith(words: string): Promise<void> {
    this.#isOnHold = true;
    this.#words?.end();
    this.#session.input.setAudioEnabled(false);
    await this.#speeches.cutOff();
    void this.#hold?.close();
    try {
      const speech = this.#session.say(words, { allowInterruptions: false });
      await within(limits.goodbyeMs, speech.waitForPlayout());
    } catch (error) {
      log().warn({ error }, 'a caller could not be told that the call ends');
    }
  }

  /** Nobody on hold is told of faults that are not theirs. */
  #tell(words: string): void {
    if (!this.#isOnHold) tell(this.#session, words);
  }

  /** Lets the AI know something that it is not told by the caller. */
  async note(text: string): Promise<void> {
    const { currentAgent } = this.#session;
    const chatCtx = currentAgent.chatCtx.copy();
    chatCtx.addMessage({ role: 'system', content: text });
    await currentAgent.updateChatCtx(chatCtx);
  }

  /** Closes the AI's session with `transfer_completed`, and publishes nothing any more. */
  async leave(): Promise<void> {
    await closeSession(this.#session, 'transfer_completed');
    await this.#hold?.close();
    await withdrawTracks(this.#room.localParticipant);
  }
}

/** The words of one hold, one after the other: each begins a while after the one before was spoken to its end. */
class HoldWords {
  readonly #session: voice.AgentSession;
  readonly #next: () => string | undefined;
  #isOver = false;
  #pause: NodeJS.Timeout | undefined;
  #reminder: voice.SpeechHandle | undefined;
  /** Resolves when the words with which the hold began are over. */
  firstSpoken: Promise<unknown> = Promise.resolve();

  constructor(session: voice.AgentSession, next: () => string | undefined) {
    this.#session = session;
    this.#next = next;
  }

  begin(words: string): void {
    this.firstSpoken = this.#say(words)?.waitForPlayout() ?? Promise.resolve();
  }

  /** Says no more. The first words may come to their end; a reminder is cut off, because it is not true any more. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#pause);
    this.#reminder?.interrupt(true);
  }

  #pauseAfter(speech: voice.SpeechHandle): void {
    void speech.waitForPlayout().then(() => {
      if (!this.#isOver) this.#pause = setTimeout(() => this.#remind(), limits.holdWordsMs);
    });
  }

  #remind(): void {
    const words = this.#next();
    if (words !== undefined) this.#reminder = this.#say(words);
  }

  #say(words: string): voice.SpeechHandle | undefined {
    try {
      const speech = this.#session.say(words, { allowInterruptions: false });
      this.#pauseAfter(speech);
      return speech;
    } catch (error) {
      // The human can still take the call when the AI has lost its voice.
      log().warn({ error }, 'a caller on hold could not be told how it stands');
      return undefined;
    }
  }
}
