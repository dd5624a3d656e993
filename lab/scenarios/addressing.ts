/** Stories about the way to the human: SIP addresses, numbers that are shown, headers, and transfers by the provider. */
import type { IncomingCall } from '../phone/incoming-call.ts';
import { spokenNames } from '../network/departments.ts';
import { numbers } from '../network/numbers.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines, scriptFor } from './scenario.ts';
import type { Stage } from './stage.ts';

const declined = {
  outcome: 'declined',
  blame: 'human',
  by: 'key',
  cause: 'callerLeft',
} as const;

/** The INVITE that comes to the human is looked at; then they decline, which ends the story soonest. */
async function invited(stage: Stage, look: (call: IncomingCall) => void): Promise<void> {
  stage.humanPhone.whenCalled(answersSoon);
  const call = await stage.humanIsCalled();
  look(call as IncomingCall);
  await stage.humanHearsTheOffer();
  await stage.presses('human', '2');
  await callerHearsWhyAndHangsUp(stage);
}

function mustBe(what: string, seen: string | undefined, wanted: string): void {
  if (seen !== wanted) throw new Error(`${what} is "${seen}", and should be "${wanted}".`);
}

export const addressing: readonly Scenario[] = [
  {
    name: 'shows-the-caller',
    title:
      "the human's phone shows the caller's number, and the INVITE carries the department's header",
    expected: declined,
    script: scriptFor('reception'),
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await invited(stage, (call) => {
        mustBe('The number that is shown', call.from, numbers.caller);
        mustBe('X-Department', call.header('X-Department'), 'reception');
      });
    },
  },
  {
    name: 'shows-the-business',
    title: "the human's phone shows the number of the trunk, as it does when nothing else is said",
    expected: declined,
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await invited(stage, (call) => {
        mustBe('The number that is shown', call.from, numbers.line);
        mustBe('X-Department', call.header('X-Department') ?? 'absent', 'absent');
      });
    },
  },
  {
    name: 'caller-withholds-number',
    title: "the caller withholds their number; the human's phone shows the trunk's instead",
    expected: declined,
    script: scriptFor('reception'),
    play: async (stage) => {
      stage.hideCallerId = true;
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await invited(stage, (call) => mustBe('The number that is shown', call.from, numbers.line));
    },
  },
  {
    name: 'rings-a-sip-address',
    title: 'the department has a SIP address, which is called without the trunk',
    expected: declined,
    script: scriptFor('workshop'),
    play: async (stage) => {
      stage.nextHuman(stage.lab.phones.colleague);
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await invited(stage, (call) => mustBe('The number that is shown', call.from, numbers.line));
    },
  },
  {
    name: 'cold-transfer',
    title: "the caller's provider takes the call over (REFER), and the AI is out of it",
    expected: { outcome: 'connected', blame: 'nobody', cause: 'callerLeft', referred: true },
    script: scriptFor('switchboard'),
    play: async (stage) => {
      stage.lab.phones.caller.whenReferred({ report: 200 });
      await stage.callerAsks(lines.ask);
      mustBe('The caller was referred to', await stage.callerIsReferred(), numbers.colleague);
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
      await stage.callerCall!.ended;
    },
  },
  {
    name: 'cold-transfer-busy',
    title: 'the provider finds the department busy; the caller stays, and is told',
    expected: ({ failed }) => ({
      outcome: 'busy',
      blame: 'human',
      sipStatus: 486,
      cause: 'callerLeft',
      told: failed.busy(spokenNames.switchboard),
    }),
    script: scriptFor('switchboard'),
    play: async (stage) => {
      stage.lab.phones.caller.whenReferred({ report: 486 });
      await stage.callerAsks(lines.ask);
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'cold-transfer-refused',
    title: 'the provider takes no REFER at all; the caller stays, and is told',
    expected: ({ failed }) => ({
      outcome: 'unreachable',
      blame: 'carrier',
      cause: 'callerLeft',
      told: failed.unreachable(spokenNames.switchboard),
    }),
    script: scriptFor('switchboard'),
    play: async (stage) => {
      stage.lab.phones.caller.whenReferred({ refuse: 405 });
      await stage.callerAsks(lines.ask);
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'caller-hangs-up-while-referred',
    title: 'the caller hangs up while their provider is still calling the department',
    // A leg that ends after the REFER may have been taken over: livekit-sip takes it for that, unless the hang-up is seen first.
    expected: [
      { outcome: 'abandoned', blame: 'caller', cause: 'callerLeft' },
      { outcome: 'connected', blame: 'nobody', cause: 'callerLeft', referred: true },
    ],
    script: scriptFor('switchboard'),
    play: async (stage) => {
      const { caller } = stage.lab.phones;
      caller.whenReferred({ report: 'nothing' });
      await stage.callerAsks(lines.ask);
      await stage.callerIsReferred();
      stage.callerCall!.hangUp();
    },
  },
];
