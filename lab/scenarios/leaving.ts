/** Stories in which somebody leaves at an awkward moment, for a while, or without a word; or does what must not count. */
import { SIPMediaConfig } from '@livekit/protocol';
import { spokenNames } from '../network/departments.ts';
import type { CallView } from '../phone/call-view.ts';
import { PhoneCall } from '../phone/phone-call.ts';
import { firstSentence } from '../standins/sentences.ts';
import { type Scenario, lines, whatNext } from './scenario.ts';
import { type Stage, hearsToEnd } from './stage.ts';

export const answersSoon = { ringForMs: 400, then: { answer: true } } as const;
const limitMs = 20_000;
/** livekit-sip waits as long for the answer to its BYE before it lets go of a leg (64 * T1 of RFC 3261). */
const byeLimitMs = 32_000;
/** A phone that has sent nothing for two seconds is dead. Usually that takes 15 s, which nobody need wait for here. */
const deadSoon = { media: new SIPMediaConfig({ mediaTimeout: { seconds: 2n } }) };

/** How long a caller's phone may send nothing, in sip/sip.yaml. */
const silentLimitMs = 15_000;

/** The caller is on hold and the human's phone has the call. */
async function untilCalled(stage: Stage): Promise<void> {
  stage.humanPhone.whenCalled(answersSoon);
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
}

function vanishes(call: CallView | undefined): void {
  if (!(call instanceof PhoneCall)) throw new Error('Only a phone of ours can vanish.');
  call.vanish();
}

async function untilBriefed(stage: Stage): Promise<void> {
  await untilCalled(stage);
  await stage.humanHearsTheOffer();
}

/** The caller is given back to the AI, hears why, and hangs up. */
export async function callerHearsWhyAndHangsUp(stage: Stage): Promise<void> {
  const { atMs: sinceMs } = await stage.reaches('returning');
  // The last sentence: what comes first may be the end of the words of the hold.
  await stage.callerCall!.hears({ sentence: whatNext(stage.words), sinceMs }, limitMs);
  await hearsToEnd(stage.callerCall!, sinceMs);
  stage.callerCall!.hangUp();
}

/** Takes longer than the longest pause in which nothing but the hold can be the reason. */
const intoTheHold = 'Great, thank you. It was charged twice, and I do not know why.';

const humanLeft = { outcome: 'human_left', blame: 'human', cause: 'callerLeft' } as const;
const abandoned = { outcome: 'abandoned', blame: 'caller', cause: 'callerLeft' } as const;
const connectedByKey = { outcome: 'connected', blame: 'nobody', by: 'key' } as const;

export const leaving: readonly Scenario[] = [
  {
    name: 'human-hangs-up-at-once',
    title: 'the human picks up and hangs up before a word is said',
    expected: humanLeft,
    play: async (stage) => {
      await untilCalled(stage);
      await stage.humanCall!.answered(limitMs);
      stage.humanCall!.hangUp();
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'human-hangs-up-during-briefing',
    title: 'the human hangs up in the middle of the headline',
    expected: humanLeft,
    play: async (stage) => {
      await untilCalled(stage);
      const call = stage.humanCall!;
      await call.answered(limitMs);
      await call.hears({ sentence: stage.startOfHeadline }, limitMs);
      call.hangUp();
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'human-hangs-up-after-briefing',
    title: 'the human hears the offer and hangs up without a word',
    expected: humanLeft,
    play: async (stage) => {
      await untilBriefed(stage);
      stage.humanCall!.hangUp();
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'human-presses-1-too-early',
    title: 'the human presses 1 during the headline, which does not count, and again after it',
    expected: { ...connectedByKey, cause: 'humanLeft' },
    play: async (stage) => {
      await untilCalled(stage);
      const call = stage.humanCall!;
      await call.answered(limitMs);
      await call.hears({ sentence: stage.startOfHeadline }, limitMs);
      await stage.presses('human', '1');
      await hearsToEnd(call);
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      call.hangUp();
    },
  },
  {
    name: 'caller-hangs-up-while-briefed',
    title: 'the caller gives up while the human is being briefed; the human is told, and released',
    expected: abandoned,
    play: async (stage) => {
      await untilCalled(stage);
      const call = stage.humanCall!;
      await call.answered(limitMs);
      await call.hears({ sentence: stage.startOfHeadline }, limitMs);
      stage.callerCall!.hangUp();
      const sentence = firstSentence(stage.words.consultation.farewells.excuseCaller);
      await call.hears({ sentence }, limitMs);
      await call.ended;
    },
  },
  {
    name: 'caller-hangs-up-while-dialling',
    title: "the caller gives up when the INVITE is out and the human's phone does not ring yet",
    expected: abandoned,
    play: async (stage) => {
      stage.humanPhone.whenCalled({ then: 'ring forever', sendRinging: false });
      await stage.callerAsks(lines.ask);
      await stage.humanIsCalled();
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'human-vanishes-while-briefed',
    title: "the human's phone dies during the headline, without a word",
    // Which of the two is noticed first, the silence or the dead leg, depends on how fast the offer is spoken.
    expected: ({ failed }) => [
      humanLeft,
      {
        outcome: 'expired',
        blame: 'human',
        cause: 'callerLeft',
        told: failed.expired(spokenNames.billing),
      },
    ],
    play: (stage) =>
      stage.lab.withTrunk(deadSoon, async () => {
        await untilCalled(stage);
        const call = stage.humanCall!;
        await call.answered(limitMs);
        await call.hears({ sentence: stage.startOfHeadline }, limitMs);
        call.vanish();
        await stage.reaches('returning', byeLimitMs + limitMs);
        await callerHearsWhyAndHangsUp(stage);
      }),
  },
  {
    name: 'human-vanishes-while-bridged',
    title: "the human's phone dies while the two talk, without a word",
    expected: { ...connectedByKey, cause: 'humanLeft' },
    play: (stage) =>
      stage.lab.withTrunk(deadSoon, async () => {
        await untilBriefed(stage);
        await stage.presses('human', '1');
        await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
        stage.humanCall!.vanish();
        await stage.until((e) => e.type === 'callEnding', 'the end', byeLimitMs + limitMs);
      }),
  },
  {
    name: 'caller-vanishes-while-briefed',
    title: "the caller's phone dies while the human is briefed, without a word",
    expected: abandoned,
    play: async (stage) => {
      await untilCalled(stage);
      await stage.humanCall!.answered(limitMs);
      vanishes(stage.callerCall);
      await stage.until((e) => e.type === 'callEnding', 'the end', silentLimitMs + limitMs);
    },
  },
  {
    name: 'caller-vanishes-while-bridged',
    title: "the caller's phone dies while the two talk, without a word",
    expected: { ...connectedByKey, cause: 'callerLeft' },
    play: async (stage) => {
      await untilBriefed(stage);
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      vanishes(stage.callerCall);
      await stage.until((e) => e.type === 'callEnding', 'the end', silentLimitMs + limitMs);
    },
  },
  {
    name: 'human-holds-while-briefed',
    title:
      'the human puts the AI on hold during the headline, comes back after it, and takes the call',
    expected: { ...connectedByKey, cause: 'callerLeft' },
    play: async (stage) => {
      await untilCalled(stage);
      const call = stage.humanCall!;
      await call.answered(limitMs);
      await call.hears({ sentence: stage.startOfHeadline }, limitMs);
      await call.hold();
      await stage.reaches('offered');
      await call.unhold();
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'human-holds-while-bridged',
    title: 'the human puts the caller on hold while they talk, and comes back',
    expected: { ...connectedByKey, cause: 'callerLeft' },
    play: async (stage) => {
      await untilBriefed(stage);
      await stage.presses('human', '1');
      await stage.bothHearEachOther();
      await stage.humanCall!.hold();
      await stage.says('caller', intoTheHold);
      await stage.humanCall!.unhold();
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'caller-says-yes-on-hold',
    title: 'the caller says yes and presses 1 while on hold, which must not connect anybody',
    expected: { outcome: 'declined', blame: 'human', by: 'key', cause: 'callerLeft' },
    play: async (stage) => {
      await untilBriefed(stage);
      await stage.says('caller', lines.accept);
      await stage.presses('caller', '1');
      await stage.presses('human', '2');
      await callerHearsWhyAndHangsUp(stage);
    },
  },
];
