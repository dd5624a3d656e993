/**
 * The private consultation: a room of its own, in which the AI briefs the human and makes the offer. It reports facts
 * and decides nothing. One object for each attempt; its names are never used again.
 */
import { llm, voice } from '@livekit/agents';
import { type Participant, type RemoteParticipant, Room, RoomEvent } from '@livekit/rtc-node';
import { z } from 'zod';
import { limits } from '../limits.ts';
import { audioOnly, closeSession, hush } from '../models.ts';
import { within } from '../teardown.ts';
import type { Telephony } from '../telephony.ts';
import { watchLegs } from '../watch-legs.ts';
import { briefingInstructions, headline } from './briefing.ts';
import type { Offer } from './offer.ts';
import type { TransferEvent } from './vocabulary.ts';

type Options = {
  telephony: Telephony;
  session: voice.AgentSession;
  /** Unique for this attempt. */
  names: { room: string; human: string; agent: string };
  offer: Offer;
  spokenName: string;
  summary: Promise<string>;
  put: (event: TransferEvent) => void;
};

export class Consultation {
  readonly #options: Options;
  readonly #room = new Room();
  #opened: Promise<void> | undefined;
  #unwatch: () => void = () => undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Joins the consult room and gets ready to speak. Resolves before or after the human is there. */
  open(): Promise<void> {
    return (this.#opened ??= this.#open());
  }

  async #open(): Promise<void> {
    const { telephony, session, names, put } = this.#options;
    this.#room
      .on(RoomEvent.ParticipantAttributesChanged, (_, participant) =>
        this.#onCallStatus(participant),
      )
      .on(RoomEvent.DtmfReceived, (_, digit, participant) => this.#onKey(digit, participant));
    session.on(voice.AgentSessionEventTypes.UserInputTranscribed, (event) => {
      if (event.isFinal && event.transcript.trim()) this.#options.offer.humanSpoke();
    });
    await telephony.join({ room: this.#room, name: names.room, identity: names.agent });
    // Only now, because those who were there before us are not announced.
    this.#unwatch = watchLegs({
      room: this.#room,
      telephony,
      onJoined: (participant) => this.#onCallStatus(participant),
      onLeft: (identity) => identity === names.human && put({ type: 'humanLeft' }),
      // Whoever deletes the room hangs up on the human, and without us they would wait in it for nobody.
      onOver: () => put({ type: 'humanLeft' }),
    });
    this.#room.remoteParticipants.forEach((participant) => this.#onCallStatus(participant));
    await session.start({
      agent: this.#briefingAgent(),
      room: this.#room,
      record: false,
      inputOptions: { ...audioOnly.inputOptions, participantIdentity: names.human },
      outputOptions: audioOnly.outputOptions,
    });
  }

  /**
   * Speaks the headline and the offer, and reports `offerSpoken` when it was heard to the end. It cannot be
   * interrupted: a human's "hello?" must not take the offer away, and an acceptance before its end does not count.
   * @throws Error when it was not spoken to the end within `limits.headlineMs`, for instance because the voice is down.
   */
  async brief(): Promise<void> {
    await this.open();
    const text = headline({ ...this.#options, summary: await this.#options.summary });
    const speech = this.#options.session.say(text, { allowInterruptions: false });
    await within(limits.headlineMs, speech.waitForPlayout());
    if (speech.interrupted) throw new Error('the headline was cut off');
    this.#options.offer.spoken();
    this.#options.put({ type: 'offerSpoken' });
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
    session.input.setAudioEnabled(false);
    hush(session);
    const speech = session.say(text, { allowInterruptions: false });
    await within(limits.farewellMs, speech.waitForPlayout()).catch(() => undefined);
  }

  /** Leaves the room and closes the session. Safe while `open` is still under way, and when it failed. */
  async close(): Promise<void> {
    this.#unwatch();
    await this.#opened?.catch(() => undefined);
    await closeSession(this.#options.session);
    await this.#room.disconnect().catch(() => undefined);
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
  }

  #briefingAgent(): voice.Agent {
    const { put } = this.#options;
    return new voice.Agent({
      instructions: briefingInstructions(this.#options),
      tools: [
        llm.tool({
          name: 'accept_transfer',
          description:
            'The colleague said that they take the call. Only after they said so themselves.',
          parameters: z.object({
            offer: z.string().describe('the offer token from your instructions'),
          }),
          execute: async ({ offer }) => {
            if (!this.#options.offer.isAcceptedBy(offer)) {
              throw new llm.ToolError(
                'Not accepted: ask the colleague whether they take the call.',
              );
            }
            put({ type: 'humanAccepted', by: 'voice' });
          },
        }),
        llm.tool({
          name: 'decline_transfer',
          description: 'The colleague said that they do not take the call.',
          execute: async () => put({ type: 'humanDeclined', by: 'voice' }),
        }),
      ],
    });
  }
}
