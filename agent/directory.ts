/**
 * Reads directory.yaml: the departments a caller may be transferred to. Called by config.ts only.
 * Opening hours and further numbers of a department are not used yet; the first number is rung.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Document, LineCounter, isNode, parseDocument } from 'yaml';
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

/** Refuses unknown keys, which zod names by itself, and whatever is no map, in these words. */
const fields = <T extends z.ZodRawShape>(shape: T, otherwise: string) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : otherwise),
  });

const Department = fields(
  {
    spokenName: z.string('must be the name that callers hear').min(1),
    when: z.string('must say when the model should choose this department').min(1),
    numbers: z
      .array(
        z.e164('is not a phone number: write it with country code, like +12025550123'),
        'must be a list of phone numbers',
      )
      .min(1, 'needs at least one number'),
    ringLimitSeconds: z.coerce
      .number('must be whole seconds, from 1 to 70')
      .int()
      .min(1)
      .max(70)
      .default(limits.ringS),
  },
  'must have spokenName, when and numbers',
);
const key = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'is not a key: write it in lower case, like billing');
const Departments = fields(
  {
    departments: z
      .record(key, Department, 'must list the departments by key')
      .refine((all) => Object.keys(all).length > 0, 'needs at least one department'),
  },
  'the file must begin with "departments:"',
);

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
  // In the failsafe schema +12025550123 stays the text that it is; in others it becomes a number and loses its plus.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'failsafe',
  });
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map(
        (error) => `${name} line ${lines.linePos(error.pos[0]).line}: ${error.message}.`,
      ),
    };
  }
  let raw: unknown;
  try {
    raw = withNumber(document.toJS(), options.humanNumber);
  } catch (error) {
    return { faults: [`${name}: ${error instanceof Error ? error.message : String(error)}.`] };
  }
  const parsed = Departments.safeParse(raw);
  if (!parsed.success) {
    const inWords = (issue: z.core.$ZodIssue) =>
      `${name} line ${lineOf(document, lines, issue.path)}: ${sentence(issue)}.`;
    return { faults: parsed.error.issues.map(inWords) };
  }
  return { directory: directoryOf(parsed.data) };
}

function directoryOf({ departments }: z.infer<typeof Departments>): Directory {
  return new Map(
    Object.entries(departments).map(([key, { ringLimitSeconds, numbers, ...words }]) => [
      key,
      {
        key,
        ...words,
        numbers: numbers as [string, ...string[]],
        ringLimitS: ringLimitSeconds,
      },
    ]),
  );
}

const withNumber = (file: unknown, humanNumber: string): unknown =>
  JSON.parse(JSON.stringify(file), (_, value: unknown) =>
    value === '$HUMAN_NUMBER' ? humanNumber : value,
  );

function sentence(issue: z.core.$ZodIssue): string {
  // What is wrong with a key is inside of what zod says about the record.
  const reason = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
  return [issue.path.join('.'), reason].filter((part) => part !== '').join(' ');
}

/** The line of what is at `path`, or of the nearest thing around it when it is missing. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
