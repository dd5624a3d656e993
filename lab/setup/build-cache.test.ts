import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildOnce, cacheKey, cacheRoot } from './build-cache.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const say = () => undefined;
const root = () => join(folder, 'livekit-warm-transfer');

test('the key changes with each part, with their order and with their borders', () => {
  const keys = [['a', 'b'], ['a', 'c'], ['b', 'a'], ['ab'], ['a', 'b', '']].map(cacheKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(cacheKey(['a', 'b'])).toBe(keys[0]);
  expect(keys[0]).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
  [{ XDG_CACHE_HOME: '/x' }, '/x/livekit-warm-transfer'],
  [{}, join(homedir(), '.cache/livekit-warm-transfer')],
  [{ XDG_CACHE_HOME: '' }, join(homedir(), '.cache/livekit-warm-transfer')],
  [{ XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache/livekit-warm-transfer')],
])('with %j the cache is %s', (env, path) => {
  expect(cacheRoot(env)).toBe(path);
});

test('builds once, also when two ask at the same time', async () => {
  const build = vi.fn(async (into: string) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeFile(join(into, 'program'), 'built');
  });
  const wanted = { name: 'server', key: 'k', say, build };
  const [first, second] = await Promise.all([buildOnce(wanted), buildOnce(wanted)]);
  const third = await buildOnce(wanted);
  expect(new Set([first, second, third])).toEqual(new Set([join(root(), 'server-k')]));
  expect(await readFile(join(first, 'program'), 'utf8')).toBe('built');
  expect(build).toHaveBeenCalledTimes(1);
});

test('keeps nothing of a build that fails', async () => {
  const build = async (into: string) => {
    await writeFile(join(into, 'program'), 'half');
    throw new Error('compiler');
  };
  await expect(buildOnce({ name: 'server', key: 'k', say, build })).rejects.toThrow('compiler');
  expect(await readdir(root())).toEqual([]);
});

test('takes the result of a process that was faster', async () => {
  const build = async (into: string) => {
    await writeFile(join(into, 'program'), 'ours');
    await mkdir(join(root(), 'server-k'));
    await writeFile(join(root(), 'server-k', 'program'), 'theirs');
  };
  const built = await buildOnce({ name: 'server', key: 'k', say, build });
  expect(await readFile(join(built, 'program'), 'utf8')).toBe('theirs');
});

/** Makes a folder in the cache that was last touched so many days ago. */
async function makeOld(name: string, days: number): Promise<void> {
  const path = join(root(), name);
  await mkdir(path, { recursive: true });
  const then = new Date(Date.now() - days * 24 * 3_600_000);
  await utimes(path, then, then);
}

test('is not stopped by the lock of a process that died', async () => {
  await makeOld('server-k.lock', 1);
  await buildOnce({ name: 'server', key: 'k', say, build: () => Promise.resolve() });
  expect(await readdir(root())).toEqual(['server-k']);
});

test('removes leftovers after a day and builds that nobody uses after a month', async () => {
  await makeOld('unfinished-server-1', 2);
  await makeOld('unfinished-server-2', 0);
  await makeOld('server-old', 31);
  await makeOld('server-recent', 29);
  await makeOld('server-used', 31);
  const build = () => Promise.resolve();
  await buildOnce({ name: 'server', key: 'used', say, build });
  await buildOnce({ name: 'server', key: 'k', say, build });
  expect((await readdir(root())).sort()).toEqual([
    'server-k',
    'server-recent',
    'server-used',
    'unfinished-server-2',
  ]);
});

test('waits for a process that lives', async () => {
  const lock = join(root(), 'server-k.lock');
  await mkdir(lock, { recursive: true });
  let isBuilt = false;
  const waiting = buildOnce({
    name: 'server',
    key: 'k',
    say,
    build: () => {
      isBuilt = true;
      return Promise.resolve();
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(isBuilt).toBe(false);
  await rm(lock, { recursive: true });
  await waiting;
  expect(isBuilt).toBe(true);
  expect(existsSync(lock)).toBe(false);
});
