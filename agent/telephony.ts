/**
 * Verbs on LiveKit, for the calls of a job. URL and credentials come from the captured job,
 * so nothing here depends on the environment or on the context in which it is called.
 */
import { SIPOutboundConfig, SIPTransport } from '@livekit/protocol';
import { AccessToken, ServerError } from 'livekit-server-sdk';
import type { Room } from '@livekit/rtc-node';
import { setTimeout as delay } from 'node:timers/promises';
import { type Mark, readMark, writeMark } from './guardian/mark.ts';
import { isSipUri, partsOfSipUri } from './directory/numbers.ts';
import { limits } from './limits.ts';
import { type Credentials, ServerApi, isNotFound, unlessNotFound } from './server-api.ts';
import { within } from './teardown.ts';
import { useTwoConnections } from './workarounds/two-connections.ts';

export class Telephony {
  readonly #server: Credentials;
  readonly #api: ServerApi;

  constructor(server: Credentials) {
    this.#server = server;
    this.#api = new ServerApi(server);
  }

  /** Creates a room that closes by itself when we fail to: after 60 s without anybody, 5 s after the last left. */
  async createRoom(name: string, mark: Mark): Promise<void> {
    const room = { name, metadata: writeMark(mark), emptyTimeout: 60, departureTimeout: 5 };
    await this.#api.repeat('createRoom', () => this.#api.rooms.createRoom(room));
  }

  /** Writes anew what a room says of itself. */
  async mark(room: string, mark: Mark): Promise<void> {
    const metadata = writeMark(mark);
    await this.#api.repeat('mark', () => this.#api.rooms.updateRoomMetadata(room, metadata));
  }

  /** @returns what a room says of itself; undefined when there is no such room, or it is not ours. */
  async readMark(name: string): Promise<Mark | undefined> {
    const [room] = await this.#api.repeat('readMark', () => this.#api.rooms.listRooms([name]));
    return room && readMark(room.metadata);
  }

  /** Joins `room` as an agent. Agents do not keep a room open and do not count as somebody being there. */
  async join(options: { room: Room; name: string; identity: string }): Promise<void> {
    const { url, apiKey, apiSecret } = this.#server;
    const token = new AccessToken(apiKey, apiSecret, { identity: options.identity });
    token.kind = 'agent';
    token.addGrant({ roomJoin: true, room: options.name, canUpdateOwnMetadata: true });
    useTwoConnections(options.room);
    await options.room.connect(url, await token.toJwt(), { autoSubscribe: true, dynacast: false });
  }

  /**
   * Rings a phone and waits for the answer. The call is taken back by `hangUp` or `deleteRoom`; a dial that seems to
   * have failed may still ring, so both are due afterwards. @throws what `dialFailure` tells the meaning of.
   */
  async dial(options: {
    trunkId: string;
    /** E.164, or a SIP address, which is called directly and not by way of the trunk. */
    number: string;
    /** What the phone shows; the trunk's own number when undefined. */
    fromNumber: string | undefined;
    /** Go with the INVITE as they are. */
    headers: Readonly<Record<string, string>>;
    room: string;
    identity: string;
    /** Of the room. The leg carries it too, so that the room is known for ours when only the leg is left of it. */
    mark: Mark;
    ringLimitS: number;
  }): Promise<void> {
    const { trunkId, number } = options;
    const isDirect = isSipUri(number);
    const fromNumber =
      options.fromNumber ?? (isDirect ? await this.#trunkNumber(trunkId) : undefined);
    const participant = {
      ...(fromNumber && { fromNumber }),
      headers: { ...options.headers },
      participantIdentity: options.identity,
      participantName: 'human agent',
      participantMetadata: writeMark(options.mark),
      waitUntilAnswered: true,
      ringingTimeout: options.ringLimitS,
      timeout: options.ringLimitS + 2,
      hidePhoneNumber: true,
    };
    if (!isDirect) {
      await this.#api.sip.createSipParticipant(trunkId, number, options.room, participant);
      return;
    }
    const { user, host, transport } = partsOfSipUri(number);
    const way = { hostname: host, transport: SIPTransport[`SIP_TRANSPORT_${transport}`] };
    const outbound = new SIPOutboundConfig(way);
    await this.#api.sip.createSipParticipant('', user, options.room, participant, outbound);
  }

  /** The number of ours that a call shows which does not go by way of the trunk. */
  async #trunkNumber(trunkId: string): Promise<string | undefined> {
    const list = () => this.#api.sip.listSipOutboundTrunk({ trunkIds: [trunkId] });
    const [trunk] = await this.#api.repeat('listTrunk', list);
    return trunk?.numbers[0];
  }

  /**
   * Asks the provider of a leg to call somebody else instead (SIP REFER). Resolves when that call was answered; the leg is
   * then ended by livekit-sip. @throws what `dialFailure` tells the meaning of; the leg is still there.
   */
  async refer(options: {
    room: string;
    identity: string;
    to: string;
    ringLimitS: number;
    headers: Readonly<Record<string, string>>;
  }): Promise<void> {
    const { room, identity, to, ringLimitS, headers } = options;
    await this.#api.sip.transferSipParticipant(room, identity, isSipUri(to) ? to : `tel:${to}`, {
      headers: { ...headers },
      ringingTimeout: ringLimitS,
      timeout: ringLimitS + 2,
      playDialtone: false,
    });
  }

  /**
   * Moves a leg to another room; the phone notices nothing. A rejection does not say that it did not happen:
   * look with `whoIsIn`. Needs LiveKit Cloud, or a server with MoveParticipant.
   */
  async move(options: { identity: string; from: string; to: string }): Promise<void> {
    await this.#api.rooms.moveParticipant(options.from, options.identity, options.to);
  }

  /**
   * Sends another AI into a room. Not asked again when it fails, because then two might come.
   * @param options.metadata is what it is told.
   */
  async sendAi(options: { room: string; agentName: string; metadata: string }): Promise<void> {
    const { room, agentName, metadata } = options;
    await this.#api.dispatches.createDispatch(room, agentName, { metadata });
  }

  /** @returns the identities in a room, none when the room does not exist. */
  async whoIsIn(room: string): Promise<string[]> {
    try {
      const list = () => this.#api.rooms.listParticipants(room);
      return (await this.#api.repeat('whoIsIn', list)).map(({ identity }) => identity);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  /**
   * Ends a leg (CANCEL while it rings, BYE after the answer). Fine when it is already gone. When its room is deleted in the same
   * moment, livekit-server 1.13.5 may not answer at all; asked again, it says that there is no such leg.
   */
  async hangUp(options: { room: string; identity: string }): Promise<void> {
    const { room, identity } = options;
    const remove = () => within(limits.hangUpMs, this.#api.rooms.removeParticipant(room, identity));
    await this.#api.repeat('hangUp', remove).catch(unlessNotFound);
  }

  /**
   * Deletes a room, which ends every leg in it, and asks again until it is seen gone.
   * @param options.isGoing the server deletes it already, and has `limits.roomGoingMs` to do so before it is asked. When asked
   * meanwhile, livekit-server 1.13.11 opens the room anew before it deletes it, and dispatches an AI to it.
   * @returns how long that took, in ms. @throws Error after `limits.roomGoneMs`.
   */
  async deleteRoom(name: string, { isGoing = false } = {}): Promise<number> {
    const startedMs = Date.now();
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
      try {
        const isLeftToServer = isGoing && Date.now() - startedMs < limits.roomGoingMs;
        if (!isLeftToServer) await this.#api.deleteRoom(name);
        const left = await this.#api.rooms.listRooms([name]);
        if (left.length === 0) return Date.now() - startedMs;
      } catch (error) {
        if (Date.now() - startedMs > limits.roomGoneMs) throw error;
      }
      if (Date.now() - startedMs > limits.roomGoneMs) throw new Error('the room is still there');
      await delay(pauseMs);
    }
  }
}

/** Whether a move failed because this server has no MoveParticipant, as the published open-source one has not. */
export function cannotMove(error: unknown): boolean {
  return error instanceof ServerError && error.message.includes('not implemented');
}
