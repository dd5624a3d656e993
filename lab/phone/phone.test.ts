/** Two exchanges call each other over loopback: every verb of a phone, with nothing between the phones. */
import { expect, test as base } from 'vitest';
import { CodeBook } from '../audio/codes.ts';
import { smooth } from '../audio/frames.ts';
import { PhoneExchange } from './exchange.ts';
import type { IncomingCall, WhenCalled } from './incoming-call.ts';
import type { DialOptions, OutgoingCall } from './outgoing-call.ts';
import type { Phone } from './phone.ts';

const LIMIT_MS = 3000;
const CALLER = '+12025550101';
const HUMAN = '+12025550102';

type World = {
  exchanges: { here: PhoneExchange; there: PhoneExchange };
  caller: Phone;
  human: Phone;
  /** Dials the human after telling it what to do. */
  dial: (behaviour: WhenCalled, options?: Partial<DialOptions>) => OutgoingCall;
  /** Both ends of an answered call. */
  connect: () => Promise<[OutgoingCall, IncomingCall]>;
};

const test = base.extend<{ world: World }>({
  // Vitest wants the first parameter destructured, even when nothing is taken from it.
  // oxlint-disable-next-line no-empty-pattern
  world: async ({}, use) => {
    const codes = new CodeBook();
    const here = await PhoneExchange.open({ host: '127.0.0.1', codes, record: true });
    const there = await PhoneExchange.open({ host: '127.0.0.1', codes });
    const caller = here.phone({ name: 'caller', number: CALLER, pilot: 1 });
    const human = there.phone({ name: 'human', number: HUMAN, pilot: 2 });
    const dial: World['dial'] = (behaviour, options = {}) => {
      human.whenCalled(behaviour);
      return caller.dial({ to: `sip:${HUMAN}@127.0.0.1:${there.port}`, ...options });
    };
    const connect: World['connect'] = async () => {
      const call = dial({ then: { answer: true } });
      await call.answered(LIMIT_MS);
      return [call, await human.incoming(LIMIT_MS)];
    };
    await use({ exchanges: { here, there }, caller, human, dial, connect });
    await Promise.all([here.close(), there.close()]);
  },
});

const summaries = (call: { ladder: readonly { summary: string }[] }): string[] =>
  call.ladder.map(({ summary }) => summary);

test('rings, is answered, hears the other, and hangs up', async ({ world }) => {
  const call = world.dial({ ringForMs: 100, then: { answer: true } });
  expect(call.state).toBe('dialing');
  await call.answered(LIMIT_MS);
  const incoming = await world.human.incoming(LIMIT_MS);
  expect(incoming.from).toBe(CALLER);
  expect(call.answeredAtMs! - call.ringingAtMs!).toBeGreaterThan(80);
  expect(incoming.invitedAtMs).toBeGreaterThan(call.invitedAtMs!);

  await call.hears({ pilot: 2 }, LIMIT_MS);
  await incoming.hears({ pilot: 1 }, LIMIT_MS);
  call.hangUp();
  expect(call.ending).toMatchObject({ by: 'us', how: 'BYE' });
  expect(await incoming.ended).toMatchObject({ by: 'them', how: 'BYE' });
  expect(summaries(incoming)).toEqual([
    'INVITE',
    '100 Trying (INVITE)',
    '180 Ringing (INVITE)',
    '200 OK (INVITE)',
    'ACK',
    'BYE',
    '200 OK (BYE)',
  ]);
});

test('a sentence is heard as itself, in real time, with its speaker, and nothing else is', async ({
  world,
}) => {
  const [call, incoming] = await world.connect();
  const sent = await incoming.say('Yes,  connect me.');
  expect(sent.complete).toBe(true);
  const heard = await call.hears({ sentence: 'Yes, connect me.', pilot: 2 }, LIMIT_MS);
  expect(heard.atMs - sent.startedAtMs).toBeLessThan(1_000);
  await call.hears({ pilot: 2, music: false, sinceMs: sent.endedAtMs + 40 }, LIMIT_MS);

  const frames = smooth(call.frames);
  const spokenMs = 20 * frames.filter((frame) => frame.sentence !== undefined).length;
  expect(Math.abs(spokenMs - (sent.endedAtMs - sent.startedAtMs))).toBeLessThan(500);
  expect(frames.every((frame) => frame.pilots.join() === '2')).toBe(true);
  expect(frames.some((frame) => frame.music)).toBe(false);
  expect(incoming.frames.every((frame) => frame.code === undefined)).toBe(true);
  expect(call.packets).toMatchObject({ received: call.frames.length, lost: 0 });
  expect(call.recording()).toHaveLength(160 * call.frames.length);
});

test('audio keeps its pace of 50 packets a second', async ({ world }) => {
  const [call] = await world.connect();
  const first = await call.hears({ pilot: 2 }, LIMIT_MS);
  await call.hears({ pilot: 2, sinceMs: first.atMs + 1000 }, LIMIT_MS);
  const packets = call.frames.filter(({ atMs }) => atMs > first.atMs && atMs <= first.atMs + 1000);
  expect(packets.length).toBeGreaterThanOrEqual(30);
  expect(packets.length).toBeLessThanOrEqual(70);
});

test('keys are heard once each, in both directions', async ({ world }) => {
  const [call, incoming] = await world.connect();
  await Promise.all([call.pressKey('1'), call.pressKey('1'), call.pressKey('#')]);
  await incoming.hearsKey('#', LIMIT_MS);
  expect(incoming.keysHeard.map(({ key }) => key)).toEqual(['1', '1', '#']);
  await incoming.pressKey('5');
  await call.hearsKey('5', LIMIT_MS);
  await expect(call.pressKey('x')).rejects.toThrow(/No telephone has a key/);
  await expect(call.hearsKey('9', 30)).rejects.toThrow('Keys heard: 5.');
});

test('what was not heard is told with what was', async ({ world }) => {
  const [call] = await world.connect();
  await call.hears({ pilot: 2 }, LIMIT_MS);
  const waiting = call.hears({ sentence: 'Never said.' }, 60);
  await expect(waiting).rejects.toThrow(/“Never said.” within 60 ms. Of \d+ frames: pilot 2 in/);
});

test.for([486, 603, 404, 503])('is refused with %i', async (status, { world }) => {
  const call = world.dial({ then: { reject: status, headers: { 'Retry-After': '5' } } });
  await expect(call.answered(LIMIT_MS)).rejects.toThrow(`ended (rejected ${status}, by them)`);
  expect(call.ending).toMatchObject({ by: 'them', how: 'rejected', status });
  const incoming = await world.human.incoming(LIMIT_MS);
  expect(incoming.ending).toMatchObject({ by: 'us', how: 'rejected', status });
  expect(call.ladder.at(-2)?.headers['Retry-After']).toBe('5');
  expect(summaries(call).at(-1)).toBe('ACK');
});

test('is cancelled while it rings', async ({ world }) => {
  const call = world.dial({ then: 'ring forever' });
  const incoming = await world.human.incoming(LIMIT_MS);
  await expect(call.answered(50)).rejects.toThrow('was not answered within 50 ms');
  expect(call.state).toBe('ringing');
  call.cancel();
  expect(await incoming.ended).toMatchObject({ by: 'them', how: 'CANCEL' });
  expect(await call.ended).toMatchObject({ by: 'us', how: 'CANCEL', status: 487 });
  await expect
    .poll(() => summaries(incoming).slice(-4), { timeout: LIMIT_MS })
    .toEqual(['CANCEL', '200 OK (CANCEL)', '487 Request Terminated (INVITE)', 'ACK']);
});

test('a call that is cancelled before its INVITE is out was never made', async ({ world }) => {
  const call = world.dial({ then: { answer: true } });
  call.cancel();
  expect(await call.ended).toMatchObject({ by: 'us', how: 'CANCEL' });
  expect(call.invitedAtMs).toBeUndefined();
  expect(world.human.calls).toEqual([]);
});

test('a black hole is called again and again and never answers', async ({ world }) => {
  const call = world.dial({ then: 'black hole' });
  const incoming = await world.human.incoming(LIMIT_MS);
  await expect(call.answered(1800)).rejects.toThrow('was not answered');
  expect(summaries(incoming)).toEqual(['INVITE', 'INVITE', 'INVITE']);
  expect(call.state).toBe('dialing');
});

test('a call without 180 goes from dialing to answered', async ({ world }) => {
  const call = world.dial({ ringForMs: 50, sendRinging: false, then: { answer: true } });
  await call.answered(LIMIT_MS);
  expect(call.ringingAtMs).toBeUndefined();
});

test('a password is asked for, given, and checked', async ({ world }) => {
  const requireDigest = { username: 'lab', password: 'right' };
  const behaviour: WhenCalled = { then: { answer: true }, requireDigest };
  const good = world.dial(behaviour, requireDigest);
  await good.answered(LIMIT_MS);
  good.hangUp();
  const wrong = world.dial(behaviour, { username: 'lab', password: 'wrong' });
  expect(await wrong.ended).toMatchObject({ by: 'them', how: 'rejected', status: 401 });
  const none = world.dial(behaviour);
  expect(await none.ended).toMatchObject({ how: 'rejected', status: 401 });
  expect(world.human.calls).toHaveLength(1);
});

test('a withheld number is not in the INVITE', async ({ world }) => {
  world.dial({ then: 'ring forever' }, { hideCallerId: true });
  const incoming = await world.human.incoming(LIMIT_MS);
  expect(incoming.from).toBe('anonymous');
  expect(incoming.ladder[0]?.headers).toMatchObject({ Privacy: 'id' });
});

test('on hold the other side hears silence, and afterwards the phone again', async ({ world }) => {
  const [call, incoming] = await world.connect();
  await incoming.hears({ pilot: 1 }, LIMIT_MS);
  await call.hold();
  const heldMs = incoming.ladder.at(-1)!.atMs + 60;
  const speech = await call.say('Nobody hears this.');
  expect(speech.complete).toBe(false);
  await incoming.hears({ sinceMs: heldMs + 200 }, LIMIT_MS);
  await call.unhold();
  const back = await incoming.hears({ pilot: 1, sinceMs: heldMs }, LIMIT_MS);
  const held = incoming.frames.filter(({ atMs }) => atMs > heldMs && atMs < back.atMs);
  expect(held.length).toBeGreaterThan(5);
  expect(held.every((frame) => frame.pilots.length === 0)).toBe(true);
});

test('a phone that vanishes says nothing more, and a BYE to it is not answered', async ({
  world,
}) => {
  const [call, incoming] = await world.connect();
  await call.hears({ pilot: 2 }, LIMIT_MS);
  incoming.vanish();
  expect(incoming.ending).toMatchObject({ by: 'us', how: 'vanished' });
  const messages = incoming.ladder.length;
  call.hangUp();
  await expect
    .poll(() => summaries(incoming).slice(messages), { timeout: LIMIT_MS })
    .toEqual(['BYE', 'BYE']);
});

test('speech is cut short when the call ends, and refused before it begins', async ({ world }) => {
  const ringing = world.dial({ then: 'ring forever' });
  await expect(ringing.say('Too early.')).rejects.toThrow(/before it is answered/);
  await world.human.incoming(LIMIT_MS);
  const [call, incoming] = await world.connect();
  const speech = call.say('This is a rather long sentence that nobody will hear to its end.');
  await incoming.hears(
    { sentence: 'This is a rather long sentence that nobody will hear to its end.' },
    LIMIT_MS,
  );
  const waiting = call.hears({ pilot: 6 }, LIMIT_MS);
  incoming.hangUp();
  expect((await speech).complete).toBe(false);
  await expect(waiting).rejects.toThrow(/before the call ended/);
});

test('a phone that was told nothing refuses; a number without a phone does not exist', async ({
  world,
}) => {
  const { caller, exchanges } = world;
  exchanges.there.phone({ name: 'new', number: '+12025550103', pilot: 3 });
  const at = `127.0.0.1:${exchanges.there.port}`;
  expect(await caller.dial({ to: `sip:12025550103@${at}` }).ended).toMatchObject({ status: 480 });
  expect(await caller.dial({ to: `sip:+12025550104@${at}` }).ended).toMatchObject({ status: 404 });
  expect(() => caller.dial({ to: 'tel:+12025550102' })).toThrow(/Not a SIP address/);
  await expect(world.human.incoming(20)).rejects.toThrow(/Nobody called human/);
  expect(() => exchanges.here.phone(caller)).toThrow(/already has a phone/);
});

test('closing an exchange hangs up every call', async ({ world }) => {
  const [call] = await world.connect();
  const ringing = world.dial({ then: 'ring forever' });
  await world.human.incoming(LIMIT_MS);
  await world.exchanges.there.close();
  expect(await call.ended).toMatchObject({ by: 'them', how: 'BYE' });
  expect(await ringing.ended).toMatchObject({ by: 'them', how: 'rejected', status: 486 });
});
