/** The files for people who host everything themselves agree with each other and with package.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8');
const packageJson = JSON.parse(read('package.json'));
const dockerfile = read('Dockerfile');
const instructions = dockerfile
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', '')
  .split('\n')
  .filter((line) => line !== '');
const [, lastStage = []] = instructions.reduce<string[][]>(
  (stages, line) => {
    if (line.startsWith('FROM')) stages[1] = [];
    stages[1]?.push(line);
    return stages;
  },
  [[], []],
);

test('the image has the pinned Node and the pinned pnpm', () => {
  expect(instructions[0]).toBe(
    `FROM node:${packageJson.devDependencies.node}-bookworm-slim AS base`,
  );
  expect(instructions).toContain(`RUN npm install --global ${packageJson.packageManager}`);
});

test('it installs what the lockfile says, without development tools, before it copies sources', () => {
  const installs = instructions.filter((line) => /\bpnpm (install|i|add)\b/.test(line));
  expect(installs).toHaveLength(1);
  expect(installs[0]).toMatch(/--prod --frozen-lockfile/);
  const copied = instructions.findIndex((line) => line.startsWith('COPY agent'));
  expect(copied).toBeGreaterThan(instructions.indexOf(installs[0] ?? ''));
});

test('the worker is process 1, is not root, and has the certificates that rtc-node needs', () => {
  expect(lastStage.at(-1)).toBe('CMD ["node", "agent/main.ts", "start"]');
  expect(packageJson.scripts.start).toBe('node agent/main.ts start');
  expect(lastStage.filter((line) => line.startsWith('USER'))).toEqual(['USER node']);
  expect(lastStage.some((line) => line.includes('ca-certificates'))).toBe(true);
  expect(lastStage.some((line) => line.startsWith('ENTRYPOINT'))).toBe(false);
  expect(lastStage.find((line) => line.startsWith('HEALTHCHECK'))).toContain('CMD ["node", "-e"');
});

test('everything the image copies gets past .dockerignore, and no env file does', () => {
  const kept = read('.dockerignore').split('\n');
  expect(kept.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
  const sources = instructions
    .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
    .flatMap((line) => line.split(' ').slice(1, -1));
  for (const source of sources) expect(kept).toContain(`!${source}`);
  expect(
    kept
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
      .sort(),
  ).toEqual([...new Set(sources)].sort());
});

test('livekit.yaml, sip.yaml and compose.yaml meet at the same addresses, and hold no keys', () => {
  const server = parse(read('livekit.yaml'));
  const sip = parse(read('sip/sip.yaml'));
  const { services } = parse(read('compose.yaml'));
  expect(sip.redis.address).toBe(server.redis.address);
  expect(services.sip.environment.LIVEKIT_WS_URL).toBe(`ws://127.0.0.1:${server.port}`);
  expect([server.keys, sip.api_key, sip.api_secret]).toEqual([undefined, undefined, undefined]);
  expect(server.rtc.stun_servers).not.toHaveLength(0);
});
