import { expect, test } from 'vitest';
import { formatNetstring, NetstringReader } from './netstring.ts';

test('counts bytes, not characters', () => {
  expect(formatNetstring('né').toString()).toBe('3:né,');
});

test('reads messages from pieces of any size', () => {
  const stream = Buffer.concat(['{"a":1}', '', 'né, 2:x,'].map(formatNetstring));
  for (const size of [1, 2, 5, stream.length]) {
    const reader = new NetstringReader();
    const messages: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      messages.push(...reader.read(stream.subarray(at, at + size)));
    }
    expect(messages).toEqual(['{"a":1}', '', 'né, 2:x,']);
  }
});

test.each(['x:y,', '3:abcd', '12345678', '9999999:'])('refuses %s', (text) => {
  expect(() => new NetstringReader().read(Buffer.from(text))).toThrow(/netstring/);
});
