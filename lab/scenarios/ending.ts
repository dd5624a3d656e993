/**
 * Stories in which nobody hangs up: the call's room is deleted from outside, or its worker is stopped and its time for a
 * drain is over. Both end the job, whatever it was doing; nobody may be left on the line.
 */
import type { Expected } from '../checks/world.ts';
import { spokenNames } from '../network/departments.ts';
import type { Lab } from '../network/lab.ts';
import type { WhenCalled } from '../phone/incoming-call.ts';
import { firstSentence } from '../standins/sentences.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines } from './scenario.ts';
import { type Stage, hearsToEnd } from './stage.ts';

const limitMs = 20_000;
/** Longer than the application waits for the answer. */
const moveTakesMs = 4_000;

type Moment = {
  name: string;
  title: string;
  phone: WhenCalled;
  /** From the human's phone that has the call to the moment. */
  come: (stage: Stage) => Promise<unknown>;
  expected: Scenario['expected'];
  /** It takes the server's API on its way. */
  faultyApi?: true;
};

const cancelled: Expected = { outcome: 'cancelled', blame: 'us', cause: 'jobEnded' };

const moments: readonly Moment[] = [
  {
    name: 'dialing',
    title: 'the human is dialled',
    phone: { then: 'ring forever', sendRinging: false },
    come: (stage) => stage.callerIsPutOnHold(),
    expected: cancelled,
  },
  {
    name: 'ringing',
    title: "the human's phone rings",
    phone: { then: 'ring forever' },
    come: (stage) => stage.reaches('ringing'),
    expected: cancelled,
  },
  {
    name: 'briefed',
    title: 'the human hears the headline',
    phone: answersSoon,
    come: hearsTheHeadline,
    expected: cancelled,
  },
  {
    name: 'offered',
    title: 'the human thinks about the offer',
    phone: answersSoon,
    come: async (stage) => {
      await hearsToEnd(await answered(stage));
      await stage.reaches('offered');
    },
    expected: cancelled,
  },
  {
    name: 'merging',
    title: 'the request to move the human is on its way',
    phone: answersSoon,
    faultyApi: true,
    come: async (stage) => {
      const moves = stage.lab.api!.intercept('MoveParticipant', { arrivesAfterMs: moveTakesMs });
      await hearsToEnd(await answered(stage));
      await stage.reaches('offered');
      await stage.presses('human', '1');
      await moves.first(limitMs);
    },
    // A worker whose drain takes its time has given up the move before.
    expected: [cancelled, { ...cancelled, outcome: 'merge_failed' }],
  },
  {
    name: 'connected',
    title: 'the two talk',
    phone: answersSoon,
    come: async (stage) => {
      await hearsToEnd(await answered(stage));
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
    },
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'jobEnded' },
  },
  {
    name: 'returned',
    title: 'the caller is back with the AI',
    phone: { then: { reject: 486 } },
    come: async (stage) => {
      const { atMs: sinceMs } = await stage.reaches('returning');
      const sentence = firstSentence(stage.words.failed.busy(spokenNames.billing));
      await stage.callerCall!.hears({ sentence, sinceMs }, limitMs);
    },
    expected: { outcome: 'busy', blame: 'human', sipStatus: 486, cause: 'jobEnded' },
  },
];

async function answered(stage: Stage) {
  const call = stage.humanCall!;
  await call.answered(limitMs);
  return call;
}

async function hearsTheHeadline(stage: Stage): Promise<void> {
  const call = await answered(stage);
  await call.hears({ sentence: stage.startOfHeadline }, limitMs);
}

async function untilThen(stage: Stage, { phone, come }: Pick<Moment, 'phone' | 'come'>) {
  stage.humanPhone.whenCalled(phone);
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
  await come(stage);
}

/** Deletes the one room whose name begins like this, as an operator would. */
async function deleteRoom({ lab }: Stage, prefix: string): Promise<void> {
  const found = (await lab.rooms.listRooms()).filter(({ name }) => name.startsWith(prefix));
  const [room, ...more] = found;
  if (!room || more.length > 0) throw new Error(`${found.length} rooms begin with ${prefix}.`);
  await lab.rooms.deleteRoom(room.name);
}

async function bothAreHungUpOn(stage: Stage): Promise<void> {
  await stage.callerCall!.ended;
  await stage.humanCall!.ended;
}

async function putBack(lab: Lab): Promise<void> {
  lab.api?.heal();
  if (!lab.processes.has('worker')) await lab.startWorker();
}

const roomDeleted = moments.map((moment): Scenario => ({
  name: `room-deleted-while-${moment.name}`,
  title: `somebody deletes the call's room while ${moment.title}`,
  expected: moment.expected,
  ...(moment.faultyApi && { faultyApi: true }),
  play: async (stage) => {
    await untilThen(stage, moment);
    await deleteRoom(stage, 'call-');
    await bothAreHungUpOn(stage);
  },
  putBack,
}));

/** Two who talk are left to another worker's guardian: that story is in test/guardian/killed.test.ts. */
const untilConnected = moments.filter(({ name }) => name !== 'connected');

const workerStopped = untilConnected.map((moment): Scenario => ({
  name: `worker-stopped-while-${moment.name}`,
  title: `the worker gets SIGTERM and its time for a drain is over while ${moment.title}`,
  expected: moment.expected,
  ...(moment.faultyApi && { faultyApi: true }),
  play: async (stage) => {
    await untilThen(stage, moment);
    const stopped = stage.lab.stopWorker();
    const sentence = firstSentence(stage.words.agent.mustEnd);
    await stage.callerCall!.hears({ sentence }, limitMs);
    await bothAreHungUpOn(stage);
    await stopped;
  },
  putBack,
}));

const consultRoomDeleted: Scenario = {
  name: 'consult-room-deleted-while-briefed',
  title: 'somebody deletes the consult room; the caller is back with the AI',
  expected: { outcome: 'human_left', blame: 'human', cause: 'callerLeft' },
  play: async (stage) => {
    await untilThen(stage, { phone: answersSoon, come: hearsTheHeadline });
    await deleteRoom(stage, 'consult-');
    await callerHearsWhyAndHangsUp(stage);
  },
};

export const ending: readonly Scenario[] = [...roomDeleted, ...workerStopped, consultRoomDeleted];
