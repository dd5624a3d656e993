/**
 * Reads directory.yaml: the departments a caller may be transferred to. Called by config.ts only.
 * Opening hours and further numbers of a department are not used yet; the first number is rung.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { limits } from './limits.ts';

export type Destination = {
  key: string;
  spokenName: string;
  when: string;
  numbers: readonly [string, ...string[]];
  ringLimitS: number;
};
export type Directory = ReadonlyMap<string, Destination>;

const Department = z.strictObject({
  spokenName: z.string('must be the name that callers hear').min(1),
  when: z.string('must say when the model should choose this department').min(1),
  numbers: z
    .array(z.e164('is not a phone number: write it with country code, like +12025550123'))
    .min(1, 'needs at least one number'),
  ringLimitSeconds: z.int('must be whole seconds').min(1).max(70).default(limits.ringS),
});
const Departments = z.strictObject({
  departments: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'a key is lower case, like billing'), Department)
    .refine((all) => Object.keys(all).length > 0, 'needs at least one department'),
});

/**
 * @returns the departments by key, or one sentence with file and line for each fault.
 */
export function loadDirectory(options: {
  file: string;
  humanNumber: string;
}): { directory: Directory } | { faults: string[] } {
  const name = basename(options.file);
  let text: string;
  try {
    text = readFileSync(options.file, 'utf8');
  } catch {
    return {
      faults: [`${options.file} cannot be read: check DIRECTORY_FILE, or restore the file.`],
    };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map(
        (error) => `${name} line ${lines.linePos(error.pos[0]).line}: ${error.message}.`,
      ),
    };
  }
  const raw: unknown = JSON.parse(
    JSON.stringify(document.toJS()).replaceAll('$HUMAN_NUMBER', options.humanNumber),
  );
  const parsed = Departments.safeParse(raw);
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.map((issue) => {
        const node = document.getIn(issue.path, true) as { range?: [number] } | undefined;
        const line = node?.range ? ` line ${lines.linePos(node.range[0]).line}` : '';
        return `${name}${line}: ${issue.path.join('.')} ${issue.message}.`;
      }),
    };
  }
  return {
    directory: new Map(
      Object.entries(parsed.data.departments).map(([key, department]) => [
        key,
        {
          key,
          spokenName: department.spokenName,
          when: department.when,
          numbers: department.numbers as [string, ...string[]],
          ringLimitS: department.ringLimitSeconds,
        },
      ]),
    ),
  };
}
