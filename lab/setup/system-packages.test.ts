import { expect, test } from 'vitest';
import { installLine, platformFrom, requirements } from './system-packages.ts';

const missing = requirements.filter(({ name }) =>
  ['redis-server', 'the headers of soxr'].includes(name),
);

test.each([
  ['debian', 'sudo apt-get install -y redis-server libsoxr-dev'],
  ['fedora', 'sudo dnf install -y valkey soxr-devel'],
  ['macos', 'brew install redis libsoxr'],
] as const)('says in one line what is missing and how to install it on %s', (platform, command) => {
  expect(installLine(missing, platform)).toBe(
    `The lab needs redis-server, the headers of soxr. Install, then run again: ${command}`,
  );
});

test('names all three ways on a platform that it does not know', () => {
  const line = installLine(missing, 'other');
  expect(line).toContain('Debian: sudo apt-get install -y redis-server libsoxr-dev; Fedora:');
  expect(line).toContain('macOS: brew install redis libsoxr');
  expect(line).not.toContain('\n');
});

test.each([
  ['linux', 'ID=debian\n', 'debian'],
  ['linux', 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
  ['linux', 'ID="fedora"\nVERSION_ID=42\n', 'fedora'],
  ['linux', 'ID=alpine\nHOME_URL="https://debian.example"\n', 'other'],
  ['linux', '', 'other'],
  ['darwin', '', 'macos'],
] as const)('on %s with %j it is %s', (os, osRelease, platform) => {
  expect(platformFrom(os, osRelease)).toBe(platform);
});

test('every requirement can be looked for, and has a package on each platform', () => {
  for (const { name, programs, library, packages } of requirements) {
    expect(programs ?? library, name).toBeTruthy();
    expect(Object.values(packages).every(Boolean), name).toBe(true);
  }
});
