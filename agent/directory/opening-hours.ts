/**
 * When a department is there: opening hours by day of the week, in the time zone of the department. Pure; the clock is the
 * caller's. It leaves out holidays, and hours past midnight: write those as two days.
 */
import { z } from 'zod';
import type { Words } from '../words.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof days)[number];

/** From when to when, in minutes after midnight; the end does not belong to it. */
type Span = { from: number; to: number };
export type OpeningHours = { timeZone: string; spans: ReadonlyMap<Day, Span> };

const dayOrDays = new RegExp(`^(${days.join('|')})(?:-(${days.join('|')}))?$`);
const clock = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/** As it is written: `{ timeZone: Europe/Berlin, mon-fri: "09:00-17:00", sat: "10:00-13:00" }`. */
export const OpeningHoursText = z
  .looseObject(
    {
      timeZone: z
        .string('must be a time zone, like Europe/Berlin')
        .refine(isTimeZone, 'is not a time zone, like Europe/Berlin'),
    },
    'must have a timeZone, and days like mon-fri with hours like 09:00-17:00',
  )
  .transform(({ timeZone, ...rest }, context): OpeningHours => {
    const spans = new Map<Day, Span>();
    for (const [written, hours] of Object.entries(rest)) {
      const span = spanOf(hours);
      const named = daysOf(written);
      const fault =
        (named.length === 0 &&
          'is no day: write mon, tue, wed, thu, fri, sat, sun, or two of them like mon-fri') ||
        (!span && 'must be hours like 09:00-17:00, the end after the beginning') ||
        (named.some((day) => spans.has(day)) && 'names a day for the second time');
      if (fault) context.addIssue({ code: 'custom', message: fault, path: [written] });
      else for (const day of named) spans.set(day, span!);
    }
    if (Object.keys(rest).length === 0)
      context.addIssue({ code: 'custom', message: 'names no day' });
    return { timeZone, spans };
  });

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

function daysOf(written: string): readonly Day[] {
  const [, first, last = first] = dayOrDays.exec(written) ?? [];
  const [from, to] = [days.indexOf(first as Day), days.indexOf(last as Day)];
  return from < 0 || to < from ? [] : days.slice(from, to + 1);
}

function spanOf(hours: unknown): Span | undefined {
  const parts = typeof hours === 'string' ? clock.exec(hours)?.slice(1).map(Number) : undefined;
  if (!parts) return undefined;
  const [from, to] = [parts[0]! * 60 + parts[1]!, parts[2]! * 60 + parts[3]!];
  return to > from && to <= 24 * 60 ? { from, to } : undefined;
}

export function isOpen(hours: OpeningHours, at: Date): boolean {
  const { day, minute } = wallClock(hours.timeZone, at);
  const today = hours.spans.get(days[day]!);
  return today !== undefined && minute >= today.from && minute < today.to;
}

/** @returns undefined when it is open; otherwise when it opens next, for a person: "today at 09:00", "Monday at 09:00". */
export function opensNext(
  hours: OpeningHours,
  now: Date,
  words: Words['hours'],
): string | undefined {
  if (isOpen(hours, now)) return undefined;
  const { day, minute } = wallClock(hours.timeZone, now);
  const today = hours.spans.get(days[day]!);
  if (today && minute < today.from) return words.at(words.today, clockTime(today.from));
  for (let ahead = 1; ahead <= 7; ahead++) {
    const name = days[(day + ahead) % 7]!;
    const span = hours.spans.get(name);
    const spoken = ahead === 1 ? words.tomorrow : words.days[name];
    if (span) return words.at(spoken, clockTime(span.from));
  }
  return words.later;
}

/** What a clock on the wall shows there: day of the week from Monday (0), and minutes after midnight. */
function wallClock(timeZone: string, at: Date): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return {
    day: days.indexOf(part('weekday').slice(0, 3).toLowerCase() as Day),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

const clockTime = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
