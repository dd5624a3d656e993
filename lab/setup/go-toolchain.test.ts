import { expect, test } from 'vitest';
import { isNewEnough } from './go-toolchain.ts';

test.each(['go1.26', 'go1.26.8', 'go1.27rc1', 'go1.30.1', 'go2.0'])('%s will do', (version) => {
  expect(isNewEnough(version)).toBe(true);
});

test.each(['go1.25.9', 'go1.3', 'go1.19.8', 'devel +abc', ''])('%j will not do', (version) => {
  expect(isNewEnough(version)).toBe(false);
});
