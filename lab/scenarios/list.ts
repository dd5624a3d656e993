/** The names of all scenarios, for people. */
import { scenarios } from './all.ts';

export function scenarioList(): string {
  const width = Math.max(...[...scenarios.keys()].map((name) => name.length));
  return [...scenarios.values()].map((s) => `${s.name.padEnd(width)}  ${s.title}`).join('\n');
}
