/** Two labs never share a block, and a block in which somebody was left behind is passed over. */
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { takePorts } from './ports.ts';

test('two labs at once get two blocks; a block is free again after it was given back', async () => {
  const first = await takePorts();
  const second = await takePorts();
  expect(second.redis).not.toBe(first.redis);
  second.release();
  first.release();
});

test('a block in which a server of a killed lab still listens is passed over', async () => {
  const { release, redis } = await takePorts();
  release();
  const leftBehind = createServer();
  await new Promise<void>((resolve) => leftBehind.listen(redis, '127.0.0.1', resolve));
  const next = await takePorts();
  expect(next.redis).not.toBe(redis);
  next.release();
  leftBehind.close();
});
