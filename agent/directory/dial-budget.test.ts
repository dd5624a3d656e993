/** The dials of an hour, counted on disk by all who share the file. */
import { initializeLogger } from '@livekit/agents';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { DialBudget } from './dial-budget.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

const hourMs = 3_600_000;

function budgetFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dials-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'data', 'dials');
}

test('as many dials as an hour may have, and then no more until the first is an hour old', () => {
  const budget = new DialBudget({ file: budgetFile(), perHour: 2 });
  expect(budget.take(1_000)).toBe(true);
  expect(budget.take(2_000)).toBe(true);
  expect(budget.take(3_000)).toBe(false);
  expect(budget.take(hourMs + 999)).toBe(false);
  expect(budget.take(hourMs + 1_000)).toBe(true);
  expect(budget.take(hourMs + 1_001)).toBe(false);
});

test('two who share the file count together, and what was counted outlives them', () => {
  const file = budgetFile();
  expect(new DialBudget({ file, perHour: 2 }).take(1_000)).toBe(true);
  expect(new DialBudget({ file, perHour: 2 }).take(1_001)).toBe(true);
  expect(new DialBudget({ file, perHour: 2 }).take(1_002)).toBe(false);
});

test('a dial that is refused is not counted', () => {
  const file = budgetFile();
  const budget = new DialBudget({ file, perHour: 1 });
  budget.take(1_000);
  budget.take(2_000);
  expect(readFileSync(file, 'utf8')).toBe('1000\n');
});

test('old dials do not make the file grow for ever', () => {
  const file = budgetFile();
  const budget = new DialBudget({ file, perHour: 5_000 });
  budget.take(0);
  writeFileSync(file, '1\n'.repeat(2_000));
  expect(budget.take(2 * hourMs)).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(`${2 * hourMs}\n`);
});

test('a folder that cannot be written keeps nobody from a human', () => {
  const file = budgetFile();
  writeFileSync(join(file, '..', '..', 'data'), 'in the way');
  expect(new DialBudget({ file, perHour: 1 }).take()).toBe(true);
  expect(existsSync(file)).toBe(false);
});
