import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { formatWav, WavFollower } from './wav.ts';

const frameOf = (value: number): Int16Array => new Int16Array(160).fill(value);

test('a file says its rate and its size', () => {
  const wav = formatWav(frameOf(-2));
  expect(wav.length).toBe(44 + 320);
  expect(wav.readUInt32LE(4)).toBe(wav.length - 8);
  expect(wav.readUInt32LE(24)).toBe(8000);
  expect(wav.readUInt32LE(40)).toBe(320);
  expect(wav.readInt16LE(44 + 318)).toBe(-2);
});

test('follows a file that grows in pieces of any size', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wav-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'growing.wav');
  const wav = formatWav(Int16Array.from([...frameOf(1), ...frameOf(2), ...frameOf(3)]));
  writeFileSync(path, wav.subarray(0, 44 + 100));
  const frames: Int16Array[] = [];
  const follower = new WavFollower(path, (frame) => frames.push(frame));
  onTestFinished(() => follower.close());

  appendFileSync(path, wav.subarray(44 + 100, 44 + 320 + 7));
  await expect.poll(() => frames, { interval: 5 }).toEqual([frameOf(1)]);
  appendFileSync(path, wav.subarray(44 + 320 + 7));
  follower.close();
  expect(frames).toEqual([frameOf(1), frameOf(2), frameOf(3)]);
});
