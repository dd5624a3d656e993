/** Whose event it is, when several calls are on record at the same time. */
import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import type { CallEvent } from '../../agent/call-events.ts';
import type { Lab, RecordedEvent } from '../network/lab.ts';
import { Stage } from './stage.ts';

let lab: Lab;
beforeEach(() => {
  const fake = { events: [], emitter: new EventEmitter().setMaxListeners(0), phones: {} };
  lab = fake as unknown as Lab;
});

function happens(callId: string, event: CallEvent): void {
  const recorded: RecordedEvent = { callId, atMs: 0, ...event };
  (lab.events as RecordedEvent[]).push(recorded);
  lab.emitter.emit('event', recorded);
}
const answered = { type: 'callAnswered' } as const;
const resumes = (of: string) => ({ type: 'callResumed', of, losses: 1 }) as const;
const callsOf = ({ events }: Stage) => events.map(({ callId }) => callId);

test('a stage has the first call that begins after it, and no other', () => {
  happens('before', answered);
  const first = new Stage(lab);
  happens('before', { type: 'callEnded', cause: 'callerLeft' });
  happens('one', answered);
  const second = new Stage(lab);
  happens('one', { type: 'callEnded', cause: 'callerLeft' });
  happens('two', answered);
  expect(callsOf(first)).toEqual(['one', 'one']);
  expect(callsOf(second)).toEqual(['two']);
});

test('the AI that goes on with a call belongs to it, and to nobody who waits for a call of theirs', () => {
  const first = new Stage(lab);
  happens('one', answered);
  const second = new Stage(lab);
  happens('one again', resumes('one'));
  happens('one again', answered);
  happens('two', answered);
  expect(callsOf(first)).toEqual(['one', 'one again', 'one again']);
  expect(callsOf(second)).toEqual(['two']);
});

test('an AI that came for nothing is no call', () => {
  const stage = new Stage(lab);
  happens('too many', { type: 'callEnding', cause: 'notNeeded' });
  happens('too many', { type: 'callEnded', cause: 'notNeeded' });
  happens('one', answered);
  expect(callsOf(stage)).toEqual(['one']);
});

test('what a guardian puts on record of a call that nobody saw is no call', () => {
  const stage = new Stage(lab);
  happens('died', { type: 'callEnded', cause: 'jobLost' });
  happens('one', answered);
  expect(callsOf(stage)).toEqual(['one']);
});

test('a call whose first AI was lost before it said a word begins with the next', () => {
  const stage = new Stage(lab);
  happens('one', resumes('nobody knows'));
  happens('one', answered);
  expect(callsOf(stage)).toEqual(['one', 'one']);
});
