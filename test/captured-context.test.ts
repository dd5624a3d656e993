/**
 * The mechanism of agents-js #1895, with everything real: SDK events arrive outside the job's AsyncLocalStorage, where
 * getJobContext() throws; a hang-up after the merge must end room, other leg and job all the same.
 *
 * The job runs in this process, so that the SDK's native client can be made to exist before the job does. From then on
 * its events carry no job's context, which on other versions of Node happens without any help.
 */
import { randomUUID } from 'node:crypto';
import {
  JobContext,
  JobProcess,
  getJobContext,
  initializeLogger,
  runWithJobContextAsync,
} from '@livekit/agents';
import { Job } from '@livekit/protocol';
import { AudioSource, Room, RoomEvent } from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Call } from '../agent/call.ts';
import { readConfig } from '../agent/config.ts';
import { loadVad } from '../agent/models.ts';
import { Lab } from '../lab/network/lab.ts';
import { lines, usualScript } from '../lab/scenarios/scenario.ts';
import { Stage, hearsToEnd } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';
import { lastSentence } from '../lab/standins/sentences.ts';

const limitMs = 20_000;
let lab: Lab;

beforeAll(async () => {
  initializeLogger({ pretty: false, level: 'silent' });
  // The first use of the native client, outside of any job.
  await new AudioSource(48_000, 1).close();
  const tools = await prepare({ say: () => undefined });
  lab = await Lab.start({ tools, script: usualScript, worker: false });
}, 900_000);

afterAll(() => lab?.stop());

/** A job for the room of the call that is coming in, as the worker would start it. */
async function startJob(): Promise<{ ctx: JobContext; endings: string[] }> {
  const room = await vi.waitFor(async () => {
    const [first] = await lab.rooms.listRooms();
    if (!first) throw new Error('no room yet');
    return first.name;
  }, limitMs);
  const { url, apiKey, apiSecret } = lab.credentials;
  const token = new AccessToken(apiKey, apiSecret, { identity: 'agent-of-the-test' });
  token.kind = 'agent';
  token.addGrant({ roomJoin: true, room, canUpdateOwnMetadata: true });
  const endings: string[] = [];
  const ctx = new JobContext(
    new JobProcess(),
    {
      acceptArguments: { name: '', identity: '', metadata: '' },
      job: new Job({ id: `AJ_${randomUUID()}`, room: { name: room } }),
      url,
      token: await token.toJwt(),
      workerId: 'test',
      apiKey,
      apiSecret,
    },
    new Room(),
    () => undefined,
    (reason) => void endings.push(reason),
    { doInference: () => Promise.reject(new Error('there is no inference process')) },
  );
  return { ctx, endings };
}

test('a hang-up after the merge, handled outside the context of the job, ends room, other leg and job', async () => {
  const vad = await loadVad();
  const config = readConfig({ ...lab.workerEnv, SIP_OUTBOUND_TRUNK_ID: lab.trunkId });
  const stage = new Stage(lab);
  stage.humanPhone.whenCalled({ ringForMs: 200, then: { answer: true } });

  const story = stage.callerAsks(lines.ask);
  const { ctx, endings } = await startJob();
  await runWithJobContextAsync(ctx, () => new Call(ctx, config, vad).answer());
  await story;
  // What the application records goes to the log of this process and not to the lab, so the phone has to tell.
  const human = await stage.humanIsCalled();
  await human.answered(limitMs);
  const headline = lab.words.consultation.headline('', '');
  await human.hears({ sentence: lastSentence(headline) }, limitMs);
  await hearsToEnd(human);
  await stage.presses('human', '1');
  await stage.bothHearEachOther();

  let inHandler: unknown = 'the handler did not run';
  const look = () => {
    try {
      inHandler = getJobContext();
    } catch (error) {
      inHandler = error;
    }
  };
  // A hang-up is seen by the first of these, and then the room may be gone before the second.
  ctx.room.on(RoomEvent.ParticipantAttributesChanged, look);
  ctx.room.on(RoomEvent.ParticipantDisconnected, look);
  stage.callerCall!.hangUp();

  await vi.waitFor(() => expect(endings).toEqual(['callerLeft']), limitMs);
  expect(String(inHandler)).toContain('no job context found');
  expect((await stage.humanCall!.ended).by).toBe('them');
  await vi.waitFor(async () => expect(await lab.rooms.listRooms()).toEqual([]), limitMs);
  await ctx.room.disconnect();
});
