/** House rules that no linter sees: agent/ stands alone, and nothing is left lying about. Quick, needs no lab. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import dotenv from 'dotenv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Environment } from '../agent/environment.ts';
import { themes } from '../lab/scenarios/all.ts';

const root = join(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** `file:line` of each line that matches. */
function linesWith(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

type Import = { file: string; from: string; isTypeOnly: boolean };

/** Static imports, re-exports and dynamic imports of the tracked TypeScript of a folder. */
function importsOf(folder: string): Import[] {
  const statement =
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
  return tracked
    .filter((file) => file.startsWith(`${folder}/`) && file.endsWith('.ts'))
    .flatMap((file) =>
      [...textOf(file).matchAll(statement)].map((match) => ({
        file,
        from: match[2] ?? match[3]!,
        isTypeOnly: match[1] !== undefined,
      })),
    );
}

/** The folder of the repository that a relative import leads into. */
function folderOf({ file, from }: Import): string {
  const target = relative(root, resolve(root, dirname(file), from));
  return target.split(sep)[0]!;
}

describe('agent/ with every other folder deleted', () => {
  let alone: string;
  beforeAll(() => {
    alone = mkdtempSync(join(tmpdir(), 'agent-alone-'));
    for (const kept of ['agent', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, kept), join(alone, kept), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(alone, 'node_modules'));
  });
  afterAll(() => rmSync(alone, { recursive: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, {
      cwd: alone,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: alone },
    });

  test('compiles', () => {
    const tsc = spawnSync(join(alone, 'node_modules', '.bin', 'tsc'), ['-p', '.'], {
      cwd: alone,
      encoding: 'utf8',
    });
    expect(tsc.stdout + tsc.stderr).toBe('');
    expect(tsc.status).toBe(0);
  });

  test('starts, and says all that it needs to go on', () => {
    const { status, stderr } = run('agent/main.ts', 'start');
    for (const name of ['LIVEKIT_URL', 'OPENAI_API_KEY', 'SIP_OUTBOUND_TRUNK_ID']) {
      expect(stderr).toContain(`- ${name} is missing: `);
    }
    expect(status).toBe(78);
  });

  test('has a job that can be loaded', () => {
    const script = `const { default: agent } = await import('./agent/call.ts'); console.log(typeof agent.entry);`;
    const { stdout, stderr } = run('--input-type=module', '--eval', script);
    expect(stderr).not.toMatch(/Error/);
    expect(stdout.trim()).toBe('function');
  });
});

describe('imports', () => {
  /** Folders that a folder may take code from, and those whose types alone it may know. */
  const allowed = {
    agent: { code: ['agent'], types: [] },
    sip: { code: ['sip'], types: [] },
    doctor: { code: ['doctor', 'agent', 'sip'], types: [] },
    lab: { code: ['lab', 'sip', 'report'], types: ['agent'] },
    docs: { code: ['docs', 'agent'], types: [] },
    report: { code: ['report'], types: ['agent'] },
  } satisfies Record<string, { code: string[]; types: string[] }>;

  test.each(Object.entries(allowed))('of %s go only where they may', (folder, { code, types }) => {
    const wrong = importsOf(folder)
      .filter(({ from }) => from.startsWith('.'))
      .filter((one) => {
        const target = folderOf(one);
        const mayBeTyped = one.isTypeOnly && (types as string[]).includes(target);
        return !(code as string[]).includes(target) && !mayBeTyped;
      });
    expect(wrong).toEqual([]);
  });

  test('of the table are types alone', () => {
    const imports = importsOf('agent').filter(({ file }) => file === 'agent/transfer/table.ts');
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter(({ isTypeOnly }) => !isTypeOnly)).toEqual([]);
  });

  test('of the application are installed in production, too', () => {
    const { dependencies } = JSON.parse(textOf('package.json')) as {
      dependencies: Record<string, string>;
    };
    const packages = importsOf('agent')
      .filter(({ file, from }) => !file.endsWith('.test.ts') && !/^(\.|node:)/.test(from))
      .map(({ from }) =>
        from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    expect(packages).toContain('@livekit/agents');
    expect(packages.filter((name) => !(name in dependencies))).toEqual([]);
  });
});

describe('tracked files', () => {
  const written = tracked.filter((file) => file !== 'pnpm-lock.yaml');
  const code = written.filter((file) => /\.(ts|go|html|css)$/.test(file));

  test('hold no marker of unfinished work', () => {
    // Written in halves, so that this line is none.
    const markers = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'];
    expect(linesWith(new RegExp(`\\b(${markers.join('|')})\\b`), written)).toEqual([]);
    expect(linesWith(/^(<{7}|={7}|>{7})( |$)/, written)).toEqual([]);
  });

  test('hold no test that is singled out or put off, and no breakpoint', () => {
    expect(linesWith(/\b(test|it|describe)\.(only|todo|fails)\b|^\s*debugger\b/, code)).toEqual([]);
  });

  test('hold no path of one machine', () => {
    const homes = /(?<![\w.:$}/-])\/(work|root|home|Users)\//;
    const temporary = /(?<![\w.:$}/-])\/tmp\//;
    expect(linesWith(homes, written)).toEqual([]);
    const used = code.filter((file) => !file.endsWith('.test.ts'));
    expect(linesWith(temporary, used)).toEqual([]);
  });

  test('hold only telephone numbers that belong to nobody', () => {
    // North American numbers 555-0100 to 555-0199 are kept for fiction.
    const texts = written.filter((file) => /\.(ts|md|json|ya?ml|example)$/.test(file));
    expect(linesWith(/\+1(?!202555(01\d\d|01xx))\d{10}/, texts)).toEqual([]);
  });

  test('lock packages by their hash, without the address of a registry', () => {
    expect(textOf('pnpm-lock.yaml')).toMatch(/integrity: sha512-/);
    expect(linesWith(/https?:\/\//, ['pnpm-lock.yaml'])).toEqual([]);
  });
});

test('every variable of .env.example is read by the application or explained in sip/README.md', () => {
  const names = Object.keys(dotenv.parse(textOf('.env.example')));
  const setup = textOf('sip/README.md');
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !(name in Environment.shape) && !setup.includes(name))).toEqual([]);
});

describe('decisions', () => {
  const folder = join(root, 'docs', 'decisions');
  const isThere = existsSync(folder);

  test.runIf(isThere)('are numbered from 0001 without gaps, and none twice', () => {
    const files = readdirSync(folder)
      .filter((file) => file !== 'README.md')
      .sort();
    const numbers = files.map((file) => /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$/.exec(file)?.[1]);
    expect(numbers).toEqual(files.map((_, index) => String(index + 1).padStart(4, '0')));
  });
});

test('every theme of scenarios is played by the test file of its name', () => {
  const files = tracked.filter((file) => /^test\/scenarios\/.*\.test\.ts$/.test(file));
  const played = files.map((file) => /playTheme\('(\w+)'\)/.exec(textOf(file))?.[1]);
  expect(files.map((file) => basename(file, '.test.ts'))).toEqual(played);
  expect(files.map((file) => basename(file, '.test.ts')).toSorted()).toEqual(
    Object.keys(themes).toSorted(),
  );
});
