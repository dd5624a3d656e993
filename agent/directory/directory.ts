/**
 * Reads directory.yaml: the departments a caller may be transferred to, and what may be dialled. Called by config.ts only.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Document, LineCounter, isNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { OpeningHours } from './opening-hours.ts';
import { DirectoryFile, faultsBetween } from './schema.ts';

export type Destination = {
  key: string;
  spokenName: string;
  when: string;
  /** E.164 numbers and SIP addresses, in the order in which they are rung. */
  numbers: readonly [string, ...string[]];
  ringLimitS: number;
  /** How long a human may take to decide, in seconds. */
  decisionLimitS: number;
  /** Always open when undefined. */
  hours: OpeningHours | undefined;
  /** The department that is rung when nobody here takes the call. */
  otherwise: string | undefined;
  /** `cold`: the caller's own provider is asked to call the department (SIP REFER), and we are out of it. */
  transfer: 'warm' | 'cold';
  /** Which number the human's phone shows. */
  callerId: 'caller' | 'business';
  /** SIP headers that go with the INVITE. */
  headers: Readonly<Record<string, string>>;
};
export type Directory = {
  departments: ReadonlyMap<string, Destination>;
  dialsPerCall: number;
  dialsPerHour: number;
};

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
  const parsed = DirectoryFile.superRefine((written, context) => {
    for (const fault of faultsBetween(written, options.humanNumber)) context.addIssue(fault);
  }).safeParse(raw);
  if (!parsed.success) {
    const inWords = (issue: z.core.$ZodIssue) =>
      `${name} line ${lineOf(document, lines, issue.path)}: ${sentence(issue)}.`;
    return { faults: parsed.error.issues.map(inWords) };
  }
  return { directory: directoryOf(parsed.data) };
}

function directoryOf({ departments, dialsPerCall, dialsPerHour }: DirectoryFile): Directory {
  const all = Object.entries(departments).map(([key, department]) => {
    const {
      ringLimitSeconds: ringLimitS,
      decisionLimitSeconds: decisionLimitS,
      ...given
    } = department;
    const { numbers, hours, otherwise, ...rest } = given;
    const [first, ...more] = numbers as [string, ...string[]];
    return [
      key,
      { key, ...rest, numbers: [first, ...more], ringLimitS, decisionLimitS, hours, otherwise },
    ] as const;
  });
  return { departments: new Map<string, Destination>(all), dialsPerCall, dialsPerHour };
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
