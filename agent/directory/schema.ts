/**
 * What may stand in directory.yaml, and what is said about everything else. Used by directory.ts only.
 */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { callingCodeOf, refusal } from './numbers.ts';
import { OpeningHoursText } from './opening-hours.ts';

/** Refuses unknown keys, which zod names by itself, and whatever is no map, in these words. */
const fields = <T extends z.ZodRawShape>(shape: T, otherwise: string) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : otherwise),
  });
const wholeNumber = (from: number, to: number, what: string) =>
  z.coerce.number(`must be ${what}, from ${from} to ${to}`).int().min(from).max(to);
const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, `must be ${words.join(' or ')}`).default(words[0]);

const number = z.union(
  [z.e164(), z.string().regex(/^sips?:[\w.!~*'()&=+$,;?/%-]+@[\w.-]+(:\d{1,5})?(;[\w=.-]+)*$/)],
  'is not a phone number: write it with country code, like +12025550123, or as a SIP address, like sip:billing@pbx.example.com',
);
const key = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'is not a key: write it in lower case, like billing');
const callingCode = z.string().regex(/^\+\d{1,4}$/, 'must be a calling code, like +1');

const Department = fields(
  {
    spokenName: z.string('must be the name that callers hear').min(1),
    when: z.string('must say when the model should choose this department').min(1),
    numbers: z.array(number, 'must be a list of phone numbers').min(1, 'needs at least one number'),
    ringLimitSeconds: wholeNumber(1, 70, 'whole seconds').default(limits.ringS),
    decisionLimitSeconds: wholeNumber(10, 600, 'whole seconds').default(limits.decisionS),
    hours: OpeningHoursText.optional(),
    otherwise: z.string('must be the key of a department').optional(),
    transfer: oneOf(['warm', 'cold']),
    callerId: oneOf(['business', 'caller']),
    headers: z
      .record(
        z.string().regex(/^X-[\w-]+$/, 'is not a name for a header of ours: begin it with X-'),
        z.string().regex(/^[\x20-\x7e]{1,200}$/, 'must be plain text of at most 200 characters'),
        'must be a map of header names to values',
      )
      .default({}),
  },
  'must have spokenName, when and numbers',
);
export const DirectoryFile = fields(
  {
    countries: z.array(callingCode, 'must be a list of calling codes, like [+1]').min(1).optional(),
    refused: z
      .array(z.string().regex(/^\+\d+$/, 'must be the beginning of a number, like +1809'))
      .default([]),
    dialsPerCall: wholeNumber(1, 50, 'a number of dials').default(6),
    dialsPerHour: wholeNumber(1, 10_000, 'a number of dials').default(120),
    departments: z
      .record(key, Department, 'must list the departments by key')
      .refine((all) => Object.keys(all).length > 0, 'needs at least one department'),
  },
  'the file must begin with "departments:"',
);
export type DirectoryFile = z.infer<typeof DirectoryFile>;

type Fault = { code: 'custom'; path: PropertyKey[]; message: string };
const fault = (path: PropertyKey[], message: string): Fault => ({ code: 'custom', path, message });

/** What no field knows by itself: numbers that must not be dialled, departments that are not there. */
export function faultsBetween(file: DirectoryFile, humanNumber: string): Fault[] {
  const rules = {
    countries: file.countries ?? [callingCodeOf(humanNumber)],
    refused: file.refused,
  };
  return Object.entries(file.departments).flatMap(([key, department]) => {
    const path = ['departments', key];
    const refused = department.numbers.flatMap((written, i) => {
      const message = refusal(written, rules);
      return message ? [fault([...path, 'numbers', i], message)] : [];
    });
    const { otherwise } = department;
    const lost = otherwise !== undefined && !Object.hasOwn(file.departments, otherwise);
    return lost
      ? [...refused, fault([...path, 'otherwise'], `names no department: ${otherwise}`)]
      : refused;
  });
}
