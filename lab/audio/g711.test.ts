import { expect, test } from 'vitest';
import { decodeMuLaw, encodeMuLaw } from './g711.ts';

test('mu-law gives the bytes of G.711 and comes back within its step', () => {
  expect([...encodeMuLaw(Int16Array.of(0, -1, 32767, -32768, 1000))]).toEqual([
    0xff, 0x7f, 0x80, 0x00, 0xce,
  ]);
  for (let sample = -32768; sample <= 32767; sample += 17) {
    const [back] = decodeMuLaw(encodeMuLaw(Int16Array.of(sample)));
    expect(Math.abs(back! - sample)).toBeLessThanOrEqual(8 + Math.abs(sample) / 30);
  }
});

test('every byte comes back as itself, except the second zero', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const back = encodeMuLaw(decodeMuLaw(bytes));
  expect(bytes.filter((byte, i) => back[i] !== byte)).toEqual(Uint8Array.of(0x7f));
});
