/**
 * The attempts of one call: opens each with everything it needs, and tells whose human somebody is. Decides nothing.
 */
import { randomUUID } from 'node:crypto';
import type { VAD, voice } from '@livekit/agents';
import type { EndCause, Heir, Recorder } from '../call-events.ts';
import type { CallerSide } from '../caller-side.ts';
import type { Config } from '../config.ts';
import type { Candidate } from '../directory/candidates.ts';
import { APPLICATION, consultRoomOf, humanOf } from '../guardian/mark.ts';
import { createLlm, createSession } from '../models.ts';
import type { Teardown } from '../teardown.ts';
import type { Telephony } from '../telephony.ts';
import { summarise } from './briefing.ts';
import { Consultation } from './consultation.ts';
import type { HandOver } from './effects.ts';
import { HumanLeg } from './human-leg.ts';
import { watchForMachine } from './machine-watch.ts';
import { Offer } from './offer.ts';
import { Referral } from './referral.ts';
import { Transfer } from './transfer.ts';
import type { TransferEvent } from './vocabulary.ts';

type Options = {
  /** Unique for the call; the names of rooms and legs are made from it. */
  callId: string;
  callRoom: string;
  config: Config;
  vad: VAD;
  telephony: Telephony;
  /** The caller's conversation with the AI, to be summed up for the human. */
  session: voice.AgentSession;
  teardown: Teardown;
  endCall: (cause: EndCause, heir?: Heir) => void;
  record: Recorder;
};
type Opening = { caller: CallerSide; candidate: Candidate; handOver: HandOver };
type Side = Opening & { attempt: string; human: string; put: (event: TransferEvent) => void };

export class Attempts {
  readonly #options: Options;
  readonly #all: { transfer: Transfer; human: string }[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  get count(): number {
    return this.#all.length;
  }

  /** The attempt that is under way, if there is one. */
  get current(): Transfer | undefined {
    return this.#all.findLast(({ transfer }) => !transfer.isOver)?.transfer;
  }

  /** Whether caller and human talk, and the AI only watches. */
  get areConnected(): boolean {
    return this.current?.isConnected ?? false;
  }

  /** What the AI's session is closed with. After a merge it is one and the same, also when somebody hangs up in that moment. */
  get closeReason(): 'transfer_completed' | undefined {
    const didConnect = this.#all.some(({ transfer }) => transfer.didConnect);
    return didConnect ? 'transfer_completed' : undefined;
  }

  /** The attempt that rang this human. It may be over: a move that was given up on may come late. */
  of(human: string): Transfer | undefined {
    return this.#all.find((attempt) => attempt.human === human)?.transfer;
  }

  /** An attempt with names of its own, which are never used again. It is closed with the call; start it. */
  open(opening: Opening): Transfer {
    const { callId, teardown, endCall, record } = this.#options;
    const { caller, candidate, handOver } = opening;
    const attempt = `${callId}-${this.count + 1}`;
    const human = humanOf(attempt);
    const put = (event: TransferEvent) => transfer.put(event);
    const side = { ...opening, attempt, human, put };
    const { destination } = candidate;
    const isCold = destination.transfer === 'cold';
    const sides = isCold ? this.#referral(side) : this.#consultation(side);
    const transfer = new Transfer({
      attempt,
      destination,
      words: this.#options.config.words,
      caller,
      ...sides,
      handOver,
      endCall,
      record,
    });
    teardown.add('transfer', async () => {
      await transfer.close();
      // Again: a leg that livekit-server lost in the middle of its move is back in the room that it was to leave.
      await sides.human.closeConsultation();
    });
    this.#all.push({ transfer, human });
    return transfer;
  }

  #referral({ caller, candidate, put }: Side): { human: Referral; consultation: undefined } {
    const { telephony, callRoom: room } = this.#options;
    const announced = () => caller.heardFirstWords();
    const leg = { room, identity: caller.identity };
    return {
      human: new Referral({ telephony, candidate, caller: leg, announced, put }),
      consultation: undefined,
    };
  }

  #consultation(side: Side): { human: HumanLeg; consultation: Consultation } {
    const { attempt, human: identity, caller, candidate, put } = side;
    const { callId, config, vad, telephony, session, callRoom, record } = this.#options;
    const { spokenName, callerId } = candidate.destination;
    const words = config.words.consultation;
    const consultRoom = consultRoomOf(attempt);
    const ai = `agent-${attempt}`;
    const consulting = createSession(config, vad);
    const model = createLlm(config);
    const consultation = new Consultation({
      telephony,
      session: consulting,
      names: { room: consultRoom, human: identity, agent: ai },
      offer: new Offer(randomUUID()),
      spokenName,
      words,
      summary: summarise({ model, conversation: session.chatCtx, words }),
      detectMachine: (onMachine) =>
        watchForMachine({ session: consulting, model, identity, onMachine }),
      put,
    });
    const human = new HumanLeg({
      telephony,
      consultation,
      trunkId: config.outboundTrunkId,
      candidate,
      fromNumber: callerId === 'caller' ? caller.number : undefined,
      identity,
      consultRoom,
      callRoom,
      mark: { app: APPLICATION, kind: 'consultation', callId, callRoom, human: identity, ai },
      put,
      record,
    });
    return { human, consultation };
  }
}
