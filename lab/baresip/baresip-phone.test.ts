/** baresip itself, on the line with a phone of the lab: each says what the other did, and both must agree. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodeBook } from '../audio/codes.ts';
import { takePorts } from '../network/ports.ts';
import { LabProcess } from '../network/processes.ts';
import { PhoneExchange } from '../phone/exchange.ts';
import type { Phone } from '../phone/phone.ts';
import { findProgram } from '../setup/find-program.ts';
import { BaresipPhone } from './baresip-phone.ts';

const limitMs = 5_000;
/** How far the two may be apart: a packet, a look at the file, and what a busy machine adds. */
const apartMs = 500;

const closers: (() => unknown)[] = [];
let baresip: BaresipPhone;
let process: LabProcess;
let other: Phone;
let to: string;

beforeAll(async () => {
  const { release, ...ports } = await takePorts();
  const directory = mkdtempSync(join(tmpdir(), 'baresip-'));
  const codes = new CodeBook();
  const exchange = await PhoneExchange.open({ host: '127.0.0.1', codes });
  other = exchange.phone({ name: 'other', number: '+12025550123', pilot: 2 });
  to = `sip:${other.number}@127.0.0.1:${exchange.port}`;
  baresip = await BaresipPhone.start({
    program: findProgram('baresip')!,
    directory,
    ports: { ...ports.baresip, dns: ports.stun },
    run: async (options) => {
      process = await LabProcess.start({ ...options, logFile: join(directory, 'baresip.log') });
      return process;
    },
    name: 'caller',
    number: '+12025550147',
    pilot: 1,
    username: 'caller',
    password: 'secret',
    codes,
    voice: { espeakNg: findProgram('espeak-ng')! },
  });
  const clear = () => rmSync(directory, { recursive: true });
  closers.push(
    () => process.stop(),
    () => exchange.close(),
    release,
    clear,
  );
});

afterAll(async () => {
  for (const close of closers) await close();
});

const summaries = (call: { ladder: readonly { summary: string }[] }) =>
  call.ladder.map(({ summary }) => summary);

test('calls with a password, speaks, hears, presses keys and hangs up, as the other side sees it', async () => {
  const requireDigest = { username: 'caller', password: 'secret' };
  other.whenCalled({ ringForMs: 100, then: { answer: true }, requireDigest });
  const call = baresip.dial({ to });
  expect(call.state).toBe('dialing');
  const theirs = await other.incoming(limitMs);
  await call.answered(limitMs);
  expect(call.state).toBe('answered');
  expect(call.answeredAtMs! - theirs.answeredAtMs!).toBeLessThan(apartMs);

  const [said, heard] = await Promise.all([call.say('One two three.'), theirs.say('Four five.')]);
  const atOther = await theirs.hears({ sentence: 'One two three.', pilot: 1 }, limitMs);
  const atBaresip = await call.hears({ sentence: 'Four five.', pilot: 2 }, limitMs);
  expect(said.complete).toBe(true);
  expect(Math.abs(said.startedAtMs - atOther.atMs)).toBeLessThan(apartMs);
  expect(Math.abs(heard.startedAtMs - atBaresip.atMs)).toBeLessThan(apartMs);
  // Between sentences the pilot goes on.
  await theirs.hears({ pilot: 1, sinceMs: said.endedAtMs + apartMs }, limitMs);

  await call.pressKey('7');
  await theirs.hearsKey('7', limitMs);
  call.hangUp();
  expect(await call.ended).toMatchObject({ by: 'us', how: 'BYE' });
  expect(await theirs.ended).toMatchObject({ by: 'them', how: 'BYE' });
  expect(Math.abs(call.endedAtMs! - theirs.endedAtMs!)).toBeLessThan(apartMs);
  expect(summaries(call).slice(0, 4)).toEqual([
    'INVITE',
    '401 Unauthorized (INVITE)',
    'ACK',
    'INVITE',
  ]);
  expect(summaries(call)).toContain('BYE');
});

test('a further call says nothing of the one before, and a sentence is incomplete when the other side hangs up in it', async () => {
  other.whenCalled({ then: { answer: true } });
  const call = baresip.dial({ to });
  const theirs = await other.incoming(limitMs);
  await call.answered(limitMs);
  expect(() => baresip.dial({ to })).toThrow(/in a call/);
  const sentence = 'This sentence is longer than the call in which it is said.';
  await theirs.hears({ pilot: 1 }, limitMs);
  const saying = call.say(sentence);
  await theirs.hears({ pilot: 1, sentence }, limitMs);
  theirs.hangUp();
  expect(await saying).toMatchObject({ complete: false });
  const sentences = new Set(theirs.frames.flatMap((frame) => frame.sentence ?? []));
  expect([...sentences]).toEqual([sentence]);
  expect(await call.ended).toMatchObject({ by: 'them', how: 'BYE' });
});

test('tells a refusal, a wrong password and a call that it gave up itself', async () => {
  other.whenCalled({ then: { reject: 486 } });
  const refused = baresip.dial({ to });
  await expect(refused.answered(limitMs)).rejects.toThrow(/rejected, by them/);
  expect(await refused.ended).toMatchObject({ by: 'them', how: 'rejected', status: 486 });

  const requireDigest = { username: 'caller', password: 'another' };
  other.whenCalled({ then: { answer: true }, requireDigest });
  const unknown = baresip.dial({ to });
  expect(await unknown.ended).toMatchObject({ by: 'them', how: 'rejected', status: 401 });

  other.whenCalled({ ringForMs: 500, then: { answer: true } });
  const hasty = baresip.dial({ to });
  hasty.hangUp();
  expect(await hasty.ended).toMatchObject({ by: 'us' });

  other.whenCalled({ then: 'ring forever' });
  const cancelled = baresip.dial({ to });
  await expect.poll(() => cancelled.state).toBe('ringing');
  cancelled.hangUp();
  expect(await cancelled.ended).toMatchObject({ by: 'us', how: 'CANCEL', status: 487 });
});

test('a call ends with baresip itself, and no other begins', async () => {
  other.whenCalled({ then: { answer: true } });
  const call = baresip.dial({ to });
  await call.answered(limitMs);
  process.signal('SIGKILL');
  expect(await call.ended).toMatchObject({ by: 'us', how: 'vanished' });
  await expect(baresip.dial({ to }).answered(limitMs)).rejects.toThrow(/baresip is gone/);
});
