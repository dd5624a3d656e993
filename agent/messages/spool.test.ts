/** Messages on a real disk: what is there after each step, who may send what, and what is left alone. */
import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type * as Disk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeLogger, log } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { type Message, Spool } from './spool.ts';

/** What was asked of the disk, in order. */
const done = vi.hoisted((): string[] => []);
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Disk>();
  const writeFile: typeof real.writeFile = async (file, data, options) => {
    done.push(`write ${file as string} ${JSON.stringify(options)}`);
    await real.writeFile(file, data, options);
  };
  const rename: typeof real.rename = async (from, to) => {
    done.push(`rename ${from as string}`);
    await real.rename(from, to);
  };
  const open: typeof real.open = async (...args) => {
    done.push(`open ${args[0] as string}`);
    const handle = await real.open(...args);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      done.push('sync');
      await sync();
    };
    return handle;
  };
  return { ...real, writeFile, rename, open };
});

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

let folder: string;
beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), 'spool-')), 'messages')));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  rmSync(join(folder, '..'), { recursive: true });
});

const message = (id: string = randomUUID()): Message => ({
  id,
  at: '2026-11-20T10:00:00.000Z',
  callId: 'AJ_1',
  destination: 'billing',
  name: 'Test Caller',
  callBack: '+12025550147',
  text: 'Please send the invoice again.',
});

/** A spool with one message, and that message as it waits. */
async function withOne() {
  const spool = new Spool(folder);
  const kept = message();
  await spool.put(kept);
  const [waiting] = await spool.waiting();
  return { spool, kept, waiting: waiting! };
}

test('a message that was put is on the disk under its id, for nobody else to read', async () => {
  const { kept } = await withOne();
  expect(readdirSync(folder)).toEqual([`${kept.id}.json`]);
  expect(JSON.parse(readFileSync(join(folder, `${kept.id}.json`), 'utf8'))).toEqual(kept);
  expect(statSync(join(folder, `${kept.id}.json`)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('what is put twice is kept once', async () => {
  const { spool, kept } = await withOne();
  await spool.put(kept);
  expect(await spool.waiting()).toHaveLength(1);
});

test('putting fails, and leaves nothing behind, when there is no room for the file', async () => {
  writeFileSync(folder, 'a file where the folder should be');
  await expect(new Spool(folder).put(message())).rejects.toThrow();
  rmSync(folder);
  const spool = new Spool(folder);
  const kept = message();
  // In the place of the finished file, so that writing works and the last step fails.
  mkdirSync(join(folder, `${kept.id}.json`), { recursive: true });
  await expect(spool.put(kept)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([`${kept.id}.json`]);
});

test('a half-written file does not count, whoever left it', async () => {
  const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
  const { spool, kept } = await withOne();
  writeFileSync(join(folder, `${randomUUID()}.writing`), JSON.stringify(message()).slice(0, 20));
  expect((await spool.waiting()).map(({ id }) => id)).toEqual([kept.id]);
  expect(told).not.toHaveBeenCalled();
});

test('putting is over when the words are on the disk, then the name, then the folder that has it', async () => {
  const kept = message();
  await new Spool(folder).put(kept);
  const unfinished = join(folder, `${kept.id}.writing`);
  expect(done.slice(-4)).toEqual([
    `write ${unfinished} {"mode":384,"flush":true}`,
    `rename ${unfinished}`,
    `open ${folder}`,
    'sync',
  ]);
});

describe('a claim', () => {
  test('is won by one of many', async () => {
    const { waiting, kept } = await withOne();
    const claims = await Promise.all(
      Array.from({ length: 20 }, () => new Spool(folder).claim(waiting)),
    );
    expect(claims.filter((claim) => claim !== undefined).map((claim) => claim.message)).toEqual([
      kept,
    ]);
  });

  test('keeps a message from everybody until it runs out, also when its owner is dead', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { spool, waiting, kept } = await withOne();
    await spool.claim(waiting);
    vi.setSystemTime(Date.now() + limits.claimMs);
    expect(await new Spool(folder).waiting()).toEqual([]);
    vi.setSystemTime(Date.now() + 1);
    const [again] = await new Spool(folder).waiting();
    const claims = await Promise.all([1, 2].map(() => new Spool(folder).claim(again!)));
    expect(claims.flatMap((claim) => claim?.message ?? [])).toEqual([kept]);
  });

  test('lasts longer than a request may take', () => {
    expect(limits.claimMs).toBeGreaterThan(2 * limits.webhookMs);
  });

  test('that is released lets others have the message at once', async () => {
    const { spool, waiting } = await withOne();
    await spool.release((await spool.claim(waiting))!);
    expect(await new Spool(folder).waiting()).toEqual([waiting]);
  });

  test('that ran out and became another worker’s is not taken from them by a late release', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { spool, waiting } = await withOne();
    const late = (await spool.claim(waiting))!;
    vi.setSystemTime(Date.now() + limits.claimMs + 1);
    const other = new Spool(folder);
    await other.claim((await other.waiting())[0]!);
    await spool.release(late);
    expect(await other.waiting()).toEqual([]);
  });

  test('that is removed leaves nothing', async () => {
    const { spool, waiting } = await withOne();
    await spool.remove((await spool.claim(waiting))!);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a file that is no message', () => {
  const damaged: [string, string][] = [
    ['empty', ''],
    ['cut off', JSON.stringify(message()).slice(0, 40)],
    ['without a number', JSON.stringify({ ...message(), callBack: undefined })],
    ['under another id', JSON.stringify(message())],
  ];
  test.each(damaged)('%s: is told once and left as it is', async (_, text) => {
    const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
    const { spool, kept } = await withOne();
    const file = `${randomUUID()}.json`;
    writeFileSync(join(folder, file), text);
    for (let sweep = 0; sweep < 3; sweep++) {
      for (const waiting of await spool.waiting()) {
        const claim = await spool.claim(waiting);
        if (claim) await spool.release(claim);
      }
    }
    expect(told.mock.calls).toEqual([
      [{ file, folder }, 'a file in the folder of messages is damaged: look at it'],
    ]);
    expect(readFileSync(join(folder, file), 'utf8')).toBe(text);
    expect((await spool.waiting()).map(({ id }) => id)).toEqual([kept.id]);
  });

  test('and has another name is told once and left alone, too', async () => {
    const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
    const { spool, kept } = await withOne();
    writeFileSync(join(folder, 'notes.txt'), 'call back');
    for (let sweep = 0; sweep < 3; sweep++) {
      expect((await spool.waiting()).map(({ id }) => id)).toEqual([kept.id]);
    }
    expect(told).toHaveBeenCalledTimes(1);
    expect(readdirSync(folder)).toContain('notes.txt');
  });
});
