/** When a department is there, and what is said about hours that cannot be read. */
import { describe, expect, test } from 'vitest';
import { words } from '../words.ts';
import { OpeningHoursText, isOpen, opensNext } from './opening-hours.ts';

const office = OpeningHoursText.parse({
  timeZone: 'Europe/Berlin',
  'mon-thu': '09:00-17:00',
  fri: '09:00-12:30',
});
/** 2026-11-16 is a Monday; Berlin is one hour ahead of UTC in winter, two in summer. */
const opens = (utc: string) => opensNext(office, new Date(`${utc}Z`), words.hours);

describe('open or not', () => {
  test.each([
    ['2026-11-16T08:00', undefined],
    ['2026-11-16T15:59', undefined],
    ['2026-11-16T16:00', 'tomorrow at 09:00'],
    ['2026-11-16T07:59', 'today at 09:00'],
    ['2026-11-20T11:29', undefined],
    ['2026-11-20T11:30', 'Monday at 09:00'],
    ['2026-11-21T12:00', 'Monday at 09:00'],
    ['2026-11-22T22:59', 'tomorrow at 09:00'],
    ['2026-11-22T23:00', 'today at 09:00'],
    // In summer the same wall clock is an hour earlier in UTC.
    ['2026-07-13T06:59', 'today at 09:00'],
    ['2026-07-13T07:00', undefined],
  ])('%s UTC: %s', (utc, next) => expect(opens(utc)).toBe(next));

  test('the clock is that of the department, not that of the machine', () => {
    const tokyo = OpeningHoursText.parse({ timeZone: 'Asia/Tokyo', tue: '09:00-10:00' });
    expect(isOpen(tokyo, new Date('2026-11-17T00:30Z'))).toBe(true);
    expect(opensNext(tokyo, new Date('2026-11-17T01:00Z'), words.hours)).toBe('Tuesday at 09:00');
  });

  test('a day may last until midnight', () => {
    const late = OpeningHoursText.parse({ timeZone: 'UTC', 'mon-sun': '00:00-24:00' });
    expect(isOpen(late, new Date('2026-11-16T23:59Z'))).toBe(true);
  });
});

describe('what cannot be read', () => {
  const faultsOf = (hours: Record<string, unknown>) =>
    OpeningHoursText.safeParse(hours).error?.issues.map((issue) => issue.message);
  const timeZone = 'UTC';

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no time zone', { mon: '09:00-17:00' }, /must be a time zone/],
    [
      'a time zone that is none',
      { timeZone: 'Mars/Olympus', mon: '09:00-17:00' },
      /is not a time zone/,
    ],
    ['a day that is none', { timeZone, monday: '09:00-17:00' }, /is no day/],
    ['days backwards', { timeZone, 'fri-mon': '09:00-17:00' }, /is no day/],
    ['hours backwards', { timeZone, mon: '17:00-09:00' }, /must be hours like/],
    ['hours that are none', { timeZone, mon: '9-17' }, /must be hours like/],
    ['later than midnight', { timeZone, mon: '09:00-24:30' }, /must be hours like/],
    ['a day twice', { timeZone, 'mon-fri': '09:00-17:00', wed: '09:00-12:00' }, /second time/],
  ])('%s', (_, hours, fault) => expect(faultsOf(hours)?.[0]).toMatch(fault));

  test('no day at all', () => expect(faultsOf({ timeZone })).toEqual(['names no day']));
});
