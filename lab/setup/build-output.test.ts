import { expect, test } from 'vitest';
import { adviceFor, tailOf } from './build-output.ts';

test('shows the last 30 lines, indented', () => {
  const output = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n') + '\n';
  const shown = tailOf(output).split('\n');
  expect(shown).toHaveLength(30);
  expect(shown[0]).toBe('  line 10');
  expect(shown.at(-1)).toBe('  line 39');
});

test.each([
  ['write /tmp/x: no space left on device', /disk space/],
  ['verifying module: checksum mismatch', /Do not use it/],
  [
    'Get "https://proxy": dial tcp: lookup proxy: no such host',
    /module proxy could not be reached/,
  ],
  ['Package soxr was not found in the pkg-config search path.', /C library or its header/],
  ['opus.go:12:10: fatal error: opus.h: No such file or directory', /C library or its header/],
  ['compile: signal: killed', /memory/],
  ['undefined: foo', /Run it again/],
])('advises about %j', (output, advice) => {
  expect(adviceFor(output)).toMatch(advice);
});
