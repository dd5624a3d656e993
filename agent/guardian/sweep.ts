/**
 * One look at all rooms of a project, and what follows from it. Lists the rooms, looks into those that seem to be in trouble,
 * lets the rule decide, and does what it says. Many guardians may do the same at the same time.
 */
import { log } from '@livekit/agents';
import { ParticipantInfo_Kind, type Room } from '@livekit/protocol';
import { hasHungUp } from '../hung-up.ts';
import { limits } from '../limits.ts';
import { type Credentials, ServerApi, isNotFound, told } from '../server-api.ts';
import { type Mark, carriedMark, isNamedConsultRoom, markFromOutside, readMark } from './mark.ts';
import { Rescue } from './rescue.ts';
import { type Action, type Memory, type RoomSeen, decide } from './rule.ts';

/** Without a mark when only its name is like that of a consult room. */
type Listed = { room: Room; mark: Mark | undefined };
/** What the list said of a room, when it was last looked into, and whether a call in it then had no AI. */
type Known = { people: number; publishers: number; lookedAtMs: number; isUnwatched: boolean };

/** Which calls are known to have lost their process, each with its room, given the names of the rooms that there are. */
export type DiedCalls = (rooms: ReadonlySet<string>) => Promise<ReadonlyMap<string, string>>;

export class Sweep {
  readonly #api: ServerApi;
  readonly #rescue: Rescue;
  readonly #diedCalls: DiedCalls;
  #died: ReadonlyMap<string, string> = new Map();
  /** These too, when their files are gone: the server may go on naming an AI of theirs. Each with its room. */
  #dead: ReadonlyMap<string, string> = new Map();
  #memory: Memory = new Map();
  #known = new Map<string, Known>();

  /** @param options.id tells guardians apart. */
  constructor(options: {
    server: Credentials;
    agentName: string;
    diedCalls: DiedCalls;
    id: string;
  }) {
    this.#api = new ServerApi(options.server);
    this.#rescue = new Rescue(options);
    this.#diedCalls = options.diedCalls;
  }

  /**
   * @returns in how many ms the first trouble will have lasted long enough; infinity when there is none.
   * @throws when the rooms cannot be listed.
   */
  async run(): Promise<number> {
    const all = await this.#api.repeat('listRooms', () => this.#api.rooms.listRooms());
    const listed = all.flatMap((room): Listed[] => {
      const mark = readMark(room.metadata);
      return mark || isNamedConsultRoom(room.name) ? [{ room, mark }] : [];
    });
    const rooms = new Set(listed.map(({ room }) => room.name));
    this.#died = await this.#diedCalls(rooms);
    const dead = [...this.#dead, ...this.#died];
    this.#dead = new Map(dead.filter(([, room]) => rooms.has(room)));
    const nowMs = performance.now();
    const seen = await this.#lookInto(this.#toLookInto(listed, nowMs));
    for (const { name, mark, participants } of seen) {
      const known = this.#known.get(name);
      if (known) known.isUnwatched = mark.kind === 'call' && !participants.some(({ isAi }) => isAi);
    }
    const { actions, memory, dueMs } = decide({
      seen,
      rooms,
      died: new Set(this.#dead.keys()),
      nowMs,
      memory: this.#memory,
    });
    this.#memory = memory;
    await Promise.all(actions.map((action) => this.#perform(action)));
    return dueMs;
  }

  /** Those in trouble at the last look, those in which somebody is missing or has just left, and a few of the others in turn. */
  #toLookInto(listed: readonly Listed[], nowMs: number): Listed[] {
    const before = this.#known;
    this.#known = new Map();
    const rest: Listed[] = [];
    const suspicious = listed.filter((one) => {
      const { name, numParticipants: people, numPublishers: publishers } = one.room;
      const known = before.get(name);
      const fewer = known !== undefined && (people < known.people || publishers < known.publishers);
      // The list is up to 5 s old (livekit-server 1.13.5); where no AI watches we look ourselves.
      const isUnwatched = known?.isUnwatched ?? false;
      const isSuspicious = fewer || isUnwatched || this.#memory.has(name) || this.#seemsWrong(one);
      const lookedAtMs = isSuspicious ? nowMs : (known?.lookedAtMs ?? -Infinity);
      this.#known.set(name, { people, publishers, lookedAtMs, isUnwatched });
      if (!isSuspicious) rest.push(one);
      return isSuspicious;
    });
    const lookedAtMs = ({ room }: Listed) => this.#known.get(room.name)!.lookedAtMs;
    rest.sort((a, b) => lookedAtMs(a) - lookedAtMs(b));
    const turn = rest.slice(0, limits.guardLooks);
    for (const { room } of turn) this.#known.get(room.name)!.lookedAtMs = nowMs;
    return [...suspicious, ...turn];
  }

  /** The list counts people without AIs, and those who publish with them. */
  #seemsWrong({ room, mark }: Listed): boolean {
    const { numParticipants: people, numPublishers: publishers } = room;
    if (!mark) return true;
    if (mark.kind === 'consultation') return this.#dead.has(mark.callId) || publishers < 2;
    if (ageMs(room) > limits.callMs) return true;
    // Until an AI has marked it, it may be one whose caller every worker has declined.
    if (!mark.callId) return true;
    if (this.#dead.has(mark.callId)) return true;
    return mark.phase === 'connected' ? people < 2 : people < 1 || publishers < 2;
  }

  /** A few at a time: when all are in trouble at once, as many connections would be too. */
  async #lookInto(listed: readonly Listed[]): Promise<RoomSeen[]> {
    const left = [...listed];
    const seen: RoomSeen[] = [];
    const lookOn = async () => {
      for (let one = left.shift(); one; one = left.shift()) {
        const room = await this.#look(one);
        if (room) seen.push(room);
      }
    };
    await Promise.all(Array.from({ length: limits.guardLooksAtOnce }, lookOn));
    return seen;
  }

  async #look({ room, ...listed }: Listed): Promise<RoomSeen | undefined> {
    try {
      const participants = await this.#api.repeat('listParticipants', () =>
        this.#api.rooms.listParticipants(room.name),
      );
      const there = participants.filter(({ attributes }) => !hasHungUp(attributes));
      const mark = listed.mark ?? carriedMark(there);
      if (!mark) return undefined;
      const seen = there.map(({ identity, kind, tracks }) => ({
        identity,
        isAi: kind === ParticipantInfo_Kind.AGENT,
        publishes: tracks.length > 0,
      }));
      const diedIn = this.#diedIn(room.name);
      return {
        name: room.name,
        mark: diedIn === undefined ? mark : marked(mark, diedIn, seen),
        ageMs: ageMs(room),
        people: room.numParticipants,
        publishers: room.numPublishers,
        participants: seen,
      };
    } catch (error) {
      // A room that cannot be looked into is looked into next time; one that is gone is not there then.
      if (!isNotFound(error)) log().warn(told(error), 'a room could not be looked into');
      return undefined;
    }
  }

  /** The call that has lost its process in a room. */
  #diedIn(name: string): string | undefined {
    return [...this.#died].find(([, room]) => room === name)?.[0];
  }

  async #perform(action: Action): Promise<void> {
    const { room, why } = action;
    log().warn({ guardian: { room, do: action.do, why } }, 'the guardian steps in');
    try {
      if (action.do === 'sendAi') await this.#rescue.sendAi(action);
      else await this.#end(room);
    } catch (error) {
      // The trouble is still there at the next look.
      log().error({ room, ...told(error) }, 'the guardian could not do it');
    }
  }

  async #end(room: string): Promise<void> {
    await this.#api.repeat('deleteRoom', () => this.#api.deleteRoom(room));
  }
}

/** An AI that died before its mark was on the room: what it would have said there. */
function marked(mark: Mark, callId: string, participants: RoomSeen['participants']): Mark {
  const person = participants.find(({ isAi }) => !isAi);
  if (mark.kind !== 'call' || mark.callId !== undefined || !person) return mark;
  return markFromOutside(callId, { phase: 'talking', caller: person.identity });
}

const ageMs = (room: Room): number => Date.now() - Number(room.creationTime) * 1000;
