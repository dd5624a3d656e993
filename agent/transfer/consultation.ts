/**
 * The private consultation: a room of its own, in which the AI briefs the human and makes the offer. It reports facts
 * and decides nothing. One object for each attempt; its names are never used again.
 */
import { log, voice } from '@livekit/agents';
import { type Participant, type RemoteParticipant, Room, RoomEvent } from '@livekit/rtc-node';
import { limits } from '../limits.ts';
import { closeSession, hush, onFault, startSession, tell } from '../models.ts';
import { Speeches } from '../speeches.ts';
import { within } from '../teardown.ts';
import type { Telephony } from '../telephony.ts';
import { watchLegs } from '../watch-legs.ts';
import type { Words } from '../words.ts';
import { leaveRoom } from '../workarounds/withdraw-tracks.ts';
import { createBriefingAgent } from './briefing-agent.ts';
import { remindOfOffer } from './offer-reminder.ts';
import type { Offer } from './offer.ts';
import type { TransferEvent } from './vocabulary.ts';

type Options = {
  telephony: Telephony;
  session: voice.AgentSession;
  /** Unique for this attempt. */
  names: { room: string; human: string; agent: string };
  offer: Offer;
  spokenName: string;
  words: Words['consultation'];
  /** Of the conversation with the caller. */
  summary: Promise<string>;
  /** Calls back when a machine is found to have answered; returns a function that ends the detection. */
  detectMachine: (onMachine: () => void) => () => void;
  put: (event: TransferEvent) => void;
};

export class Consultation {
  readonly #options: Options;
  readonly #room = new Room();
  #opened: Promise<void> | undefined;
  readonly #watches: (() => void)[] = [];
  readonly #speeches: Speeches;
  #headline = '';

  constructor(options: Options) {
    this.#options = options;
    this.#speeches = new Speeches(options.session);
    this.#listen();
  }

  #listen(): void {
    const { session, offer, words, put } = this.#options;
    this.#room
      .on(RoomEvent.ParticipantAttributesChanged, (_, participant) =>
        this.#onCallStatus(participant),
      )
      .on(RoomEvent.DtmfReceived, (_, digit, participant) => this.#onKey(digit, participant));
    session.on(voice.AgentSessionEventTypes.UserStateChanged, ({ newState }) =>
      offer.humanSpeaks(newState === 'speaking'),
    );
    session.on(voice.AgentSessionEventTypes.UserInputTranscribed, (event) => {
      if (event.isFinal && event.transcript.trim()) offer.humanSpoke();
    });
    onFault(session, {
      noReply: () => tell(session, words.noReply),
      notHeard: () => tell(session, words.notHeard),
      noVoice: () => put({ type: 'briefingFailed' }),
    });
  }

  /**
   * Joins the consult room and gets ready to speak. Resolves before or after the human is there. May be called again when it
   * failed. @throws Error when the room was not joined within `limits.joinMs`.
   */
  open(): Promise<void> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #open(): Promise<void> {
    const { telephony, session, names, put } = this.#options;
    const joined = telephony.join({ room: this.#room, name: names.room, identity: names.agent });
    await within(limits.joinMs, joined);
    // Only now, because those who were there before us are not announced.
    this.#watches.push(
      watchLegs({
        room: this.#room,
        telephony,
        onJoined: (participant) => this.#onCallStatus(participant),
        onLeft: (identity) => identity === names.human && put({ type: 'humanLeft' }),
        // Whoever deletes the room hangs up on the human, and without us they would wait in it for nobody.
        onOver: () => put({ type: 'humanLeft' }),
      }),
    );
    this.#room.remoteParticipants.forEach((participant) => this.#onCallStatus(participant));
    const agent = createBriefingAgent({ ...this.#options, repeat: () => this.#repeat() });
    await startSession(session, { agent, room: this.#room, hears: names.human });
  }

  /**
   * Speaks the headline and the offer, and reports `offerSpoken` when it was heard to the end. It cannot be
   * interrupted: a human's "hello?" must not take the offer away, and an acceptance before its end does not count.
   * @throws Error when it was not spoken to the end within `limits.headlineMs`, for instance because the voice is down.
   */
  async brief(): Promise<void> {
    await this.open();
    const { session, offer, spokenName, words, summary, detectMachine, put } = this.#options;
    this.#headline = words.headline(spokenName, await summary);
    const speech = session.say(this.#headline, { allowInterruptions: false });
    this.#watches.push(detectMachine(() => put({ type: 'machineAnswered' })));
    await within(limits.headlineMs, speech.waitForPlayout());
    if (speech.interrupted) throw new Error('the headline was cut off');
    offer.spoken();
    put({ type: 'offerSpoken' });
    const onSilent = () => put({ type: 'humanSilent' });
    this.#watches.push(remindOfOffer({ session, words: words.offerAgain, onSilent }));
  }

  /** Once the offer was spoken it stands, so this may be interrupted, also by an acceptance. */
  #repeat(): void {
    if (!this.#options.offer.isSpoken) return;
    try {
      this.#options.session.say(this.#headline);
    } catch (error) {
      // A key can come when the AI has lost its voice, or is gone already. It still counts when it is 1 or 2.
      log().warn({ error }, 'the human could not be told the headline again');
    }
  }

  /** Ends what is watched or waited for here. */
  #unwatch(): void {
    for (const end of this.#watches.splice(0)) end();
  }

  /** Stops whatever is being said here and listens no more; the human is about to leave for the call room. */
  fallSilent(): void {
    this.#unwatch();
    this.#options.session.input.setAudioEnabled(false);
    hush(this.#options.session);
  }

  /** Says last words, for at most `limits.farewellMs`. */
  async farewell(text: string): Promise<void> {
    const { session } = this.#options;
    this.#unwatch();
    session.input.setAudioEnabled(false);
    await this.#speeches.cutOff();
    const speech = session.say(text, { allowInterruptions: false });
    await within(limits.farewellMs, speech.waitForPlayout()).catch(() => undefined);
  }

  /** Leaves the room and closes the session. Safe while `open` is still under way, and when it failed. */
  async close(): Promise<void> {
    this.#unwatch();
    await this.#opened?.catch(() => undefined);
    await closeSession(this.#options.session);
    await leaveRoom(this.#room);
  }

  #onCallStatus(participant: Participant): void {
    if (participant.identity !== this.#options.names.human) return;
    const status = participant.attributes['sip.callStatus'];
    if (status === 'ringing') this.#options.put({ type: 'humanRinging' });
    // Seen also when the watch has ended: whoever is being moved leaves this room, but does not hang up.
    if (status === 'hangup') this.#options.put({ type: 'humanLeft' });
  }

  #onKey(digit: string, participant: RemoteParticipant): void {
    if (participant.identity !== this.#options.names.human) return;
    if (digit === '1') this.#options.put({ type: 'humanAccepted', by: 'key' });
    if (digit === '2') this.#options.put({ type: 'humanDeclined', by: 'key' });
    if (digit === '3') this.#repeat();
  }
}
