/** test/run.ts on a few tests that starve, or seem to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = join(import.meta.dirname, '..', '..', 'test', 'run.ts');
const fixture = join(import.meta.dirname, 'fixture');
const limitMs = 120_000;
let folder: string;

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'starved-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function played(options: { args?: string[]; env?: Record<string, string> } = {}) {
  const { args = [], env = {} } = options;
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [run, '--root', fixture, ...args], {
    env: { PATH, HOME, FIXTURE_FOLDER: folder, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  const lines = said.trimEnd().split('\n');
  const starved = lines.slice(lines.findLastIndex((line) => line.startsWith('Starved:')));
  return { code, lines, starved };
}

test(
  'each that starved is played again alone, counts as what it then shows, and is named',
  async () => {
    const { code, starved } = await played();
    expect(starved.map((line) => line.replace(/Waited .*; /, ''))).toEqual([
      'Starved: 3',
      '- stories.fixture.ts > the job is killed (in time?) > is late at first',
      '  failed: 12294 ms',
      expect.stringContaining('    starved, because'),
      '  again alone: passed',
      '    not starved',
      '- stories.fixture.ts > is late both times',
      '  failed: 12294 ms',
      expect.stringContaining('    starved, because'),
      '  again alone: 12294 ms',
      expect.stringContaining('    starved, because'),
      '- stories.fixture.ts > what has to be put back > is late at first',
      '  failed: rooms are left',
      expect.stringContaining('    starved, because'),
      '  again alone: passed',
      expect.stringContaining('    starved, because'),
      '4 passed, 4 failed',
    ]);
    expect(code).toBe(1);
  },
  limitMs,
);

test(
  'nothing is played again when too many starved',
  async () => {
    const { code, starved, lines } = await played({ env: { FIXTURE_ONE_MORE: '1' } });
    expect(starved[0]).toMatch(/^Starved: 4, more than 3/);
    expect(lines.filter((line) => line.includes('again alone'))).toEqual([]);
    expect(lines.at(-1)).toBe('2 passed, 7 failed');
    expect(code).toBe(1);
  },
  limitMs,
);

test(
  'nor when it is not to be',
  async () => {
    const { starved, lines } = await played({ args: ['--without-replays'] });
    expect(starved[0]).toBe('Starved: 3');
    expect(lines.filter((line) => line.includes('again alone'))).toEqual([]);
    expect(lines.at(-1)).toBe('2 passed, 6 failed');
  },
  limitMs,
);

test(
  'a run in which what failed had starved, and passed alone, has passed',
  async () => {
    const { code, lines } = await played({ args: ['-t', 'late at first'] });
    expect(lines.at(-1)).toBe('3 passed, 0 failed');
    expect(code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['hook', 'job', 'worker']);
  },
  limitMs,
);
