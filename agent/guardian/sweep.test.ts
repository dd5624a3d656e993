/** One sweep against a server that lists as many rooms as is told: what it asks for, and what it does about what it sees. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import type * as Limits from '../limits.ts';
import type { Credentials } from '../server-api.ts';
import { APPLICATION, type CallMark, type Mark, legOf, readMark } from './mark.ts';
import { readResumption } from './resumption.ts';
import { Sweep } from './sweep.ts';

// The same limits, short enough to be reached in a test.
vi.mock('../limits.ts', async (original) => {
  const real = await original<typeof Limits>();
  const short = {
    aiLostMs: 30,
    legAloneMs: 40,
    consultAloneMs: 40,
    rescueMs: 50,
    unansweredMs: 40,
    rescueClaimMs: 400,
  };
  return { ...real, limits: { ...real.limits, ...short } };
});

type Body = { room?: string; names?: string[]; metadata?: string; identity?: string };
type Room = {
  metadata: string;
  participants: {
    identity: string;
    kind: string;
    attributes?: Record<string, string>;
    metadata?: string;
  }[];
  createdS?: number;
};

let rooms: Map<string, Room>;
let asked: { method: string; body: Body }[];
let credentials: Credentials;
let close: () => unknown;
/** What happens when the server has answered. */
let after: { ListParticipants?: () => void };
/** What the server does not do. */
let refused: string;
let mostAtOnce: number;
let answersAfterMs: number;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => {
  [rooms, asked, after, refused, mostAtOnce] = [new Map(), [], {}, '', 0];
  answersAfterMs = 0;
  let atOnce = 0;
  const server = createServer((request, response) => {
    void read(request).then(async (body) => {
      const method = request.url!.split('/').at(-1)!;
      if (method === 'UpdateRoomMetadata') await claimsArriveOneAfterTheOther(body);
      mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
      if (answersAfterMs) await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
      atOnce -= 1;
      asked.push({ method, body });
      const status = method === refused ? 503 : 200;
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(status === 200 ? answer(method, body) : {}));
      if (method === 'ListParticipants') after.ListParticipants?.();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  credentials = { url: `ws://127.0.0.1:${port}`, apiKey: 'key', apiSecret: 'secret' };
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

async function read(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Body;
}

/** Guardians write at the same moment, and some are nearer than others. */
async function claimsArriveOneAfterTheOther({ metadata = '' }: Body): Promise<void> {
  const number = Number(/guardian-(\d+)/.exec(metadata)?.[1] ?? 0);
  await new Promise((resolve) => setTimeout(resolve, 20 * number));
}

/** As livekit-server 1.13.5 counts: AIs are no participants in the list, but they publish. */
function listed([name, { metadata, participants, createdS }]: [string, Room]) {
  const numParticipants = participants.filter(({ kind }) => kind !== 'AGENT').length;
  const creationTime = String(createdS ?? Math.floor(Date.now() / 1000) - 90);
  return { name, metadata, numParticipants, numPublishers: participants.length, creationTime };
}

function answer(method: string, { room, names = [], metadata }: Body): object {
  if (method === 'ListRooms') {
    const all = [...rooms].filter(([name]) => names.length === 0 || names.includes(name));
    return { rooms: all.map(listed) };
  }
  if (method === 'ListParticipants') return { participants: rooms.get(room!)!.participants };
  if (method === 'UpdateRoomMetadata') rooms.get(room!)!.metadata = metadata!;
  if (method === 'DeleteRoom') rooms.delete(room!);
  return {};
}

const callId = 'AJ_1';
const mark: CallMark = {
  app: APPLICATION,
  kind: 'call',
  callId,
  phase: 'talking',
  caller: legOf(callId, 'sip_caller'),
  ai: 'agent-AJ_1',
};
const connected: CallMark = { ...mark, phase: 'connected' };
const caller = { identity: 'sip_caller', kind: 'SIP' };
const human = { identity: 'human-AJ_1-1', kind: 'SIP' };
const other = { identity: 'sip_other', kind: 'SIP' };
const ai = { identity: 'agent-AJ_1', kind: 'AGENT' };

function put(name: string, of: Mark, ...participants: Room['participants']): void {
  rooms.set(name, { metadata: JSON.stringify(of), participants });
}

function guardian(died: string[] = [], id = 'guardian-1') {
  const diedCalls = () => Promise.resolve(new Map(died.map((one) => [one, 'call-1'])));
  return new Sweep({ server: credentials, agentName: 'support-agent', diedCalls, id });
}
const times = (method: string) => asked.filter((one) => one.method === method).length;
const bodiesOf = (method: string) =>
  asked.filter((one) => one.method === method).map(({ body }) => body);

/** Sweeps as soon as trouble has lasted long enough. */
async function sweepTwice(sweep: Sweep): Promise<void> {
  const dueMs = await sweep.run();
  if (dueMs === Infinity) return;
  await new Promise((resolve) => setTimeout(resolve, dueMs + 1));
  await sweep.run();
}

describe('what a sweep asks for', () => {
  test.each([10, 100, 1_000])('%s healthy rooms cost the same, each time', async (count) => {
    for (let i = 0; i < count; i++) {
      if (i % 2) put(`call-${i}`, mark, caller, ai);
      else put(`call-${i}`, connected, caller, human, ai);
    }
    const sweep = guardian();
    await sweep.run();
    await sweep.run();
    expect(times('ListRooms')).toBe(2);
    expect(times('ListParticipants')).toBe(2 * limits.guardLooks);
    expect(asked).toHaveLength(2 + 2 * limits.guardLooks);
  });

  test('rooms that seem in order are looked into in turn', async () => {
    for (let i = 0; i < 6; i++) put(`call-${i}`, connected, caller, human, ai);
    const sweep = guardian();
    for (let i = 0; i < 6 / limits.guardLooks; i++) await sweep.run();
    expect(new Set(bodiesOf('ListParticipants').map(({ room }) => room)).size).toBe(6);
  });

  test('rooms of others are not looked into, nor touched', async () => {
    rooms.set('chat', { metadata: '', participants: [] });
    rooms.set('other', { metadata: '{"app":"other","kind":"call"}', participants: [] });
    await sweepTwice(guardian());
    expect(asked.map(({ method }) => method)).toEqual(['ListRooms']);
  });

  test('a room of others with a name like ours is looked into, and not touched', async () => {
    const theirs = { ...human, metadata: '{"app":"other","kind":"consultation"}' };
    rooms.set('consult-us-1', { metadata: '', participants: [theirs] });
    await sweepTwice(guardian());
    await sweepTwice(guardian());
    expect(asked.map(({ method }) => method)).toEqual(
      Array<string[]>(2).fill(['ListRooms', 'ListParticipants']).flat(),
    );
  });

  test('a room that somebody has left is looked into at once, also when two are left', async () => {
    for (let i = 0; i < 9; i++) put(`call-${i}`, connected, caller, human, ai);
    put('call-9', connected, caller, human, other, ai);
    const sweep = guardian();
    await sweep.run();
    put('call-9', connected, caller, other, ai);
    asked.length = 0;
    await sweep.run();
    expect(bodiesOf('ListParticipants').map(({ room }) => room)).toContain('call-9');
  });
});

describe('two who talk and whom no AI watches', () => {
  const looksAt = async (sweep: Sweep) => {
    asked.length = 0;
    await sweep.run();
    return bodiesOf('ListParticipants').map(({ room }) => room);
  };
  beforeEach(() => {
    for (let i = 0; i < 9; i++)
      put(`other-${i}`, { ...connected, callId: 'AJ_9' }, caller, human, ai);
  });

  test('are looked into each time from when that was seen, because the list is not up to date', async () => {
    put('call-1', connected, caller, human);
    const sweep = guardian();
    while (!(await looksAt(sweep)).includes('call-1')) continue;
    expect(await looksAt(sweep)).toContain('call-1');
    expect(await looksAt(sweep)).toContain('call-1');
  });

  test('are looked into at once when their process is known to be gone', async () => {
    put('call-1', connected, caller, human, ai);
    const sweep = guardian([callId]);
    expect(await looksAt(sweep)).toContain('call-1');
    expect(await looksAt(sweep)).toContain('call-1');
  });
});

test('a room in trouble is looked into again', async () => {
  // By its numbers it is in order: a third stands in for the one who is missing.
  put('call-1', connected, caller, other, ai);
  for (let i = 0; i < 9; i++) put(`other-${i}`, connected, caller, human, ai);
  const sweep = guardian();
  await sweep.run();
  while (!bodiesOf('ListParticipants').some(({ room }) => room === 'call-1')) await sweep.run();
  asked.length = 0;
  await sweep.run();
  expect(bodiesOf('ListParticipants').map(({ room }) => room)).toContain('call-1');
});

describe('what a sweep does', () => {
  test('ends a room when one of two has been missing for long enough', async () => {
    put('call-1', connected, caller);
    await sweepTwice(guardian());
    expect(rooms.size).toBe(0);
  });

  test('ends a room in which one of two has hung up and is still listed', async () => {
    put('call-1', connected, caller, { ...human, attributes: { 'sip.callStatus': 'hangup' } });
    await sweepTwice(guardian());
    expect(rooms.size).toBe(0);
  });

  const consult = { app: APPLICATION, kind: 'consultation', callId, callRoom: 'call-1' } as const;
  const consultMark = { ...consult, human: human.identity, ai: 'agent-AJ_1-1' };

  test('ends a consultation whose call is over', async () => {
    put('consult-1', consultMark, human);
    await sweepTwice(guardian());
    expect(rooms.size).toBe(0);
  });

  test('ends a consultation whose AI has died and is named, also later, when its file is gone', async () => {
    const next = { identity: 'agent-AJ_2', kind: 'AGENT' };
    const itsMark = { ...mark, callId: 'AJ_2', ai: next.identity };
    put('call-1', { ...itsMark, caller: legOf('AJ_2', caller.identity) }, caller, next);
    put('consult-1', consultMark, human, { identity: consultMark.ai, kind: 'AGENT' });
    const died = new Map([[callId, 'call-1']]);
    const options = { server: credentials, agentName: 'support-agent', id: 'guardian-1' };
    const sweep = new Sweep({ ...options, diedCalls: () => Promise.resolve(died) });
    refused = 'DeleteRoom';
    await sweep.run();
    expect(rooms.size).toBe(2);
    refused = '';
    died.clear();
    await sweep.run();
    expect([...rooms.keys()]).toEqual(['call-1']);
  });

  test('ends a consultation that its human has opened anew, without a mark, and with it in their hands', async () => {
    const metadata = JSON.stringify(consultMark);
    rooms.set('consult-AJ_1-1', { metadata: '', participants: [{ ...human, metadata }] });
    await sweepTwice(guardian());
    expect(rooms.size).toBe(0);
  });

  test('leaves that human alone when their AI is there too', async () => {
    const metadata = JSON.stringify(consultMark);
    const theirAi = { identity: consultMark.ai, kind: 'AGENT' };
    put('call-1', mark, caller, ai);
    rooms.set('consult-AJ_1-1', { metadata: '', participants: [{ ...human, metadata }, theirAi] });
    await sweepTwice(guardian());
    expect(rooms.size).toBe(2);
  });

  test('ends a call that is too old', async () => {
    put('call-1', connected, caller, human);
    rooms.get('call-1')!.createdS = Math.floor((Date.now() - limits.callMs) / 1000) - 1;
    await guardian().run();
    expect(rooms.size).toBe(0);
  });

  test('ends a call that no AI comes to, in time also among many that are in order', async () => {
    for (let i = 0; i < 9; i++) put(`other-${i}`, connected, caller, human, ai);
    put('call-9', { app: APPLICATION, kind: 'call' }, caller);
    rooms.get('call-9')!.createdS = Math.floor(Date.now() / 1000);
    await sweepTwice(guardian());
    expect([...rooms.keys()]).not.toContain('call-9');
    expect(rooms.size).toBe(9);
  });

  test('takes a dead AI out and sends another, which is told whose call it is', async () => {
    put('call-1', mark, caller, ai);
    await guardian([callId]).run();
    expect(bodiesOf('RemoveParticipant')).toEqual([{ room: 'call-1', identity: ai.identity }]);
    const [dispatch] = bodiesOf('CreateDispatch');
    expect(dispatch).toMatchObject({ room: 'call-1', agentName: 'support-agent' });
    const told = { callId, caller: mark.caller, losses: 1, goodbye: false };
    expect(readResumption(dispatch!.metadata!)).toEqual(told);
    expect(readMark(rooms.get('call-1')!.metadata)).toMatchObject({
      losses: 1,
      rescuer: 'guardian-1',
    });
  });

  test('of ten guardians one sends an AI', async () => {
    put('call-1', mark, caller);
    const ten = Array.from({ length: 10 }, (_, i) => guardian([], `guardian-${i}`));
    await Promise.all(ten.map(sweepTwice));
    expect(times('CreateDispatch')).toBe(1);
  });

  test('sends another AI when one has died before its mark was on the room, at once', async () => {
    const healthy: CallMark = { ...connected, callId: 'AJ_9', caller: legOf('AJ_9', 'sip_caller') };
    const theirs = { identity: 'human-AJ_9-1', kind: 'SIP' };
    for (let i = 0; i < 9; i++) put(`other-${i}`, healthy, caller, theirs, ai);
    put('call-1', { app: APPLICATION, kind: 'call' }, caller, ai);
    rooms.get('call-1')!.createdS = Math.floor(Date.now() / 1000) - 5;
    await guardian([callId]).run();
    const told = { callId, caller: mark.caller, losses: 1, goodbye: false };
    const [dispatch] = bodiesOf('CreateDispatch');
    expect(readResumption(dispatch!.metadata!)).toEqual(told);
    expect(bodiesOf('RemoveParticipant')).toEqual([{ room: 'call-1', identity: ai.identity }]);
    await guardian([callId], 'guardian-2').run();
    expect(times('CreateDispatch')).toBe(1);
  });

  test('sends the AI of the call, and not its own', async () => {
    put('call-1', { ...mark, agentName: 'another-agent' }, caller);
    await guardian([callId]).run();
    expect(bodiesOf('CreateDispatch')).toMatchObject([{ agentName: 'another-agent' }]);
  });

  test('leaves a call alone that another AI has taken since the rooms were listed', async () => {
    put('call-1', mark, caller, ai);
    after.ListParticipants = () => put('call-1', { ...mark, callId: 'AJ_2', losses: 1 }, caller);
    await guardian([callId]).run();
    expect(times('UpdateRoomMetadata')).toBe(0);
    expect(times('CreateDispatch')).toBe(0);
  });

  test('sends an AI although the dead one cannot be taken out', async () => {
    put('call-1', mark, caller, ai);
    refused = 'RemoveParticipant';
    await guardian([callId]).run();
    expect(times('CreateDispatch')).toBe(1);
  });

  test('leaves it to the next look when no AI could be sent', async () => {
    put('call-1', mark, caller, ai);
    refused = 'CreateDispatch';
    const sweep = guardian([callId]);
    await sweep.run();
    expect(readMark(rooms.get('call-1')!.metadata)).toEqual(mark);
    refused = '';
    await sweep.run();
    expect(times('CreateDispatch')).toBe(2);
    expect(readMark(rooms.get('call-1')!.metadata)).toMatchObject({ losses: 1 });
  });

  test('looks into a few rooms at a time, when all are in trouble', async () => {
    for (let i = 0; i < 100; i++) put(`call-${i}`, connected, caller);
    answersAfterMs = 50;
    await guardian().run();
    expect(times('ListParticipants')).toBe(100);
    expect(mostAtOnce).toBe(limits.guardLooksAtOnce);
  });

  test('leaves a caller to the guardian that has undertaken it', async () => {
    put('call-1', { ...mark, rescuer: 'guardian-2', losses: 1 }, caller);
    await sweepTwice(guardian());
    expect(times('CreateDispatch')).toBe(0);
  });

  test('goes on with the other rooms when one cannot be ended', async () => {
    put('call-1', connected, caller);
    put('call-2', connected, human);
    const sweep = guardian();
    const dueMs = await sweep.run();
    rooms.set('call-1', { metadata: rooms.get('call-1')!.metadata, participants: [caller] });
    await new Promise((resolve) => setTimeout(resolve, dueMs + 1));
    await sweep.run();
    expect(rooms.size).toBe(0);
  });
});

test('without an answer it says so, and nothing is done', async () => {
  close();
  await expect(guardian().run()).rejects.toThrow();
});
