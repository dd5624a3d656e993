/**
 * Where the calls of a soak take place side by side: each lane has a caller, a human with a desk in the directory, and a
 * sentence by which the model knows the desk. Whoever hears the pilot of another lane has been mixed up.
 */
import type { Lab } from '../network/lab.ts';
import type { Phone } from '../phone/phone.ts';
import { usualScript } from '../scenarios/scenario.ts';
import type { ModelScript } from '../standins/model-script.ts';

export type Lane = { caller: Phone; human: Phone; desk: string; ask: string };

/** As different as can be: on a bad line a word or two are lost. */
const asks = [
  'I would like to talk to somebody about my invoice.',
  'Please put me through to the warehouse.',
  'Can a person help me with my password?',
  'My parcel has not arrived, who knows more?',
  'The new printer does not work at all.',
  'Give me somebody from the travel team.',
  'We have water in the cellar again.',
  'Is anybody there who speaks Italian?',
  'My contract ends next month already.',
  'Tell them that the door is broken.',
] as const;

/** All that there are. */
export const allLanes = asks.length;
/** There are 15 pilots and each lane takes two, so of more than these some share theirs. */
export const mostLanes = 7;

const lanes = asks.map((ask, index) => ({
  ask,
  desk: `desk_${index + 1}`,
  caller: {
    name: `caller ${index + 1}`,
    number: `+1202555015${index}`,
    pilot: 2 * (index % mostLanes) + 1,
  },
  human: {
    name: `human ${index + 1}`,
    number: `+1202555016${index}`,
    pilot: 2 * (index % mostLanes) + 2,
  },
}));

/** The desks of the lanes, for the application's directory. */
export function desks(): Record<string, object> {
  const all = lanes.map(({ desk, human }) => {
    const department = {
      spokenName: desk.replace('_', ' number '),
      when: 'questions of this lane',
      numbers: [human.number],
      ringLimitSeconds: 4,
    };
    return [desk, department];
  });
  return Object.fromEntries(all) as Record<string, object>;
}

/** The phones of the lab's own are not among them. */
export function openLanes(lab: Lab): Lane[] {
  return lanes.map(({ ask, desk, caller, human }) => ({
    ask,
    desk,
    caller: lab.exchange.phone(caller),
    human: lab.exchange.phone(human),
  }));
}

/** The usual model, which sends each caller to the desk of their lane. */
export const laneScript: ModelScript = (request) => {
  const { tools, lastUser, lastToolResult } = request;
  const lane = (asks as readonly string[]).indexOf(lastUser ?? '');
  if (lastToolResult || lane < 0 || !tools.includes('transfer_to_human')) {
    return usualScript(request);
  }
  return { call: { name: 'transfer_to_human', arguments: { destination: `desk_${lane + 1}` } } };
};
