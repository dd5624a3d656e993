/** When an AI notices that its room has a call already. The room is an emitter with what is used of one. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallFile } from './call-file.ts';
import { legOf } from './mark.ts';
import { Predecessor } from './predecessor.ts';

const caller = { identity: 'sip_caller', kind: ParticipantKind.SIP };
const human = { identity: 'human-AJ_1-2', kind: ParticipantKind.SIP };
const ours = { identity: 'human-AJ_2-1', kind: ParticipantKind.SIP };
const ai = { identity: 'agent-AJ_1', kind: ParticipantKind.AGENT };

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'before-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function predecessor(...there: { identity: string }[]) {
  const remoteParticipants = new Map(there.map((one) => [one.identity, one]));
  const room = Object.assign(new EventEmitter(), { name: 'call-1', remoteParticipants });
  const [giveBack, end] = [vi.fn(), vi.fn(() => Promise.resolve())];
  const parts = { room: room as unknown as Room, callId: 'AJ_2', folder };
  const made = new Predecessor({ ...parts, trace: { giveBack }, end });
  const join = (one: { identity: string }) => {
    remoteParticipants.set(one.identity, one);
    room.emit(RoomEvent.ParticipantConnected, one);
  };
  return { made, giveBack, end, join };
}

describe('two who talk', () => {
  const watch = (...there: { identity: string }[]) => {
    const on = predecessor(...there);
    on.made.watchForTwo();
    return on;
  };

  test('are there: the room should say who they are and that they talk', () => {
    const { giveBack, end } = watch(ai, human, caller);
    const who = { human: human.identity, ai: ai.identity, caller: legOf('AJ_1', caller.identity) };
    expect(giveBack).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ callId: 'AJ_1', phase: 'connected', ...who }),
    );
    expect(end).toHaveBeenCalledExactlyOnceWith('notNeeded', 'guardian');
  });

  test('are one, so far', () => {
    const { giveBack } = watch(human);
    const [[mark]] = giveBack.mock.calls as [[object]];
    expect(mark).toMatchObject({ callId: 'AJ_1', human: human.identity });
    expect(mark).not.toHaveProperty('caller');
  });

  test('come back one after the other', () => {
    const { end, join } = watch(caller);
    expect(end).not.toHaveBeenCalled();
    join(human);
    join(ai);
    expect(end).toHaveBeenCalledOnce();
  });

  test('are not a caller, other AIs and a human of our own', () => {
    const { giveBack, end, join } = watch(caller, ai);
    join(ours);
    expect(giveBack).not.toHaveBeenCalled();
    expect(end).not.toHaveBeenCalled();
  });
});

describe('a caller', () => {
  const onDisk = (callId: string, room: string) => new CallFile({ folder, callId, room });
  const said = [{ role: 'user', text: 'My invoice.' }] as const;

  test('who has talked to another AI is left to it', async () => {
    onDisk('AJ_1', 'call-1').write({ said: [...said] });
    const { made, giveBack, end } = predecessor(caller);
    expect(await made.knows(caller.identity)).toBe(true);
    expect(giveBack).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        callId: 'AJ_1',
        phase: 'talking',
        ai: ai.identity,
        caller: legOf('AJ_1', caller.identity),
      }),
    );
    expect(end).toHaveBeenCalledExactlyOnceWith('notNeeded', 'another AI');
  });

  test.each<[string, () => void]>([
    ['of another room', () => onDisk('AJ_1', 'call-2').write({ said: [...said] })],
    ['to whom nobody has said anything', () => onDisk('AJ_1', 'call-1').write()],
    ['of our own', () => onDisk('AJ_2', 'call-1').write({ said: [...said] })],
    [
      'whom the other AI has handed over',
      () => onDisk('AJ_1', 'call-1').write({ said: [...said], isEnded: true }),
    ],
  ])('%s is ours', async (_, write) => {
    write();
    const { made, giveBack, end } = predecessor(caller);
    expect(await made.knows(caller.identity)).toBe(false);
    expect(giveBack).not.toHaveBeenCalled();
    expect(end).not.toHaveBeenCalled();
  });
});
