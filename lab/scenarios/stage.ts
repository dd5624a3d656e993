/**
 * What a scenario can do and wait for: two phones, and the application's own record. Everything that is waited for is
 * observed, at a phone where possible, and has a limit that only a fault reaches.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Words } from '../../agent/words.ts';
import { nowMs } from '../audio/clock.ts';
import type { Lab, RecordedEvent } from '../network/lab.ts';
import type { CallingPhone, CallView } from '../phone/call-view.ts';
import { type HeardFrame, summaryOf } from '../phone/heard.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import type { Phone } from '../phone/phone.ts';
import { firstSentence, lastSentence } from '../standins/sentences.ts';
import { spokenNames } from '../network/departments.ts';
import { ofTime } from '../starvation/of-time.ts';

const limitMs = 20_000;

export class Stage {
  readonly lab: Lab;
  /** One of the exchange's, unless the scenario puts another in its place before it dials. */
  callerPhone: CallingPhone;
  /** Whether the caller withholds their number. */
  hideCallerId = false;
  /** The human who is rung, or was rung last. */
  humanPhone: Phone;
  /** Those who were rung before. */
  readonly earlier: { phone: Phone; call: PhoneCall; said: Said[]; pressed: Press[] }[] = [];
  /** The application's events of this stage's call: the first call of which anything is recorded after it was built. */
  readonly events: RecordedEvent[] = [];
  readonly said = { caller: [] as Said[], human: [] as Said[] };
  readonly pressed = { caller: [] as Press[], human: [] as Press[] };
  callerCall: CallView | undefined;
  humanCall: PhoneCall | undefined;
  /** Told of each phone's call as soon as there is one. */
  onCall: (who: 'caller' | 'human', call: CallView) => void = () => undefined;
  readonly #stopListening: () => void;

  constructor(lab: Lab) {
    this.lab = lab;
    this.callerPhone = lab.phones.caller;
    this.humanPhone = lab.phones.human;
    const [ours, others] = [new Set<string>(), new Set(lab.events.map(({ callId }) => callId))];
    const onEvent = (event: RecordedEvent) => {
      if (ours.size === 0 && isNews(event, others)) ours.add(event.callId);
      // Another AI goes on with the call.
      if (event.type === 'callResumed' && ours.has(event.of)) ours.add(event.callId);
      if (ours.has(event.callId)) this.events.push(event);
      else others.add(event.callId);
    };
    // Before those who wait for an event, so that they find it here.
    lab.emitter.prependListener('event', onEvent);
    this.#stopListening = () => lab.emitter.off('event', onEvent);
  }

  close(): void {
    this.#stopListening();
  }

  /** What the AI says in this lab. */
  get words(): Words {
    return this.lab.words;
  }

  get endOfGreeting(): string {
    return lastSentence(this.words.agent.greeting);
  }

  /** With this the hold of a caller begins who wants the billing team. */
  get startOfHold(): string {
    return firstSentence(this.words.hold.begins(spokenNames.billing));
  }

  /** With this the AI begins to tell a human of the billing team who is calling. */
  get startOfHeadline(): string {
    return firstSentence(this.words.consultation.headline(spokenNames.billing, ''));
  }

  /** The caller dials the line and is answered. */
  async callerDials(): Promise<CallView> {
    this.callerCall = this.callerPhone.dial({
      to: this.lab.sipAddress,
      ...this.lab.sipUser,
      hideCallerId: this.hideCallerId,
    });
    this.onCall('caller', this.callerCall);
    await this.callerCall.answered(limitMs);
    return this.callerCall;
  }

  /** The caller dials, and hears the greeting to its end; not only to a gap in it, which a line may have. */
  async callerIsGreeted(): Promise<CallView> {
    const call = await this.callerDials();
    await call.hears({ sentence: this.endOfGreeting }, limitMs);
    await hearsToEnd(call);
    return call;
  }

  /** The caller hears the greeting to its end and asks for a person; the transfer starts. */
  async callerAsks(sentence: string): Promise<void> {
    await this.callerIsGreeted();
    await this.says('caller', sentence);
  }

  /** The caller begins to hear that they are on hold for the billing team. */
  async callerIsPutOnHold(): Promise<void> {
    await this.callerCall!.hears({ sentence: this.startOfHold }, limitMs);
  }

  /** The INVITE reaches the human's phone. */
  async humanIsCalled(): Promise<PhoneCall> {
    this.humanCall = await this.humanPhone.incoming(limitMs);
    this.onCall('human', this.humanCall);
    return this.humanCall;
  }

  /** From now on `human` is somebody else; what became of the one before is kept for the checks. */
  nextHuman(phone: Phone): void {
    if (this.humanCall) {
      const { said, pressed } = { said: this.said.human, pressed: this.pressed.human };
      this.earlier.push({
        phone: this.humanPhone,
        call: this.humanCall,
        said: said.splice(0),
        pressed: pressed.splice(0),
      });
    }
    this.humanPhone = phone;
    this.humanCall = undefined;
  }

  /** The caller's phone was asked to call somebody else. @returns whom. */
  async callerIsReferred(): Promise<string> {
    const deadlineMs = nowMs() + limitMs;
    for (;;) {
      const [referral] = this.lab.phones.caller.calls.at(-1)?.referrals ?? [];
      if (referral) return referral.to;
      if (nowMs() > deadlineMs) throw ofTime(new Error('The caller was not referred to anybody.'));
      await delay(20);
    }
  }

  /** The human answered and hears the briefing to its end. */
  async humanIsBriefed(): Promise<PhoneCall> {
    await this.humanIsCalled();
    return this.humanHearsTheOffer();
  }

  /** The human, who was called, answers and hears the briefing to its end. */
  async humanHearsTheOffer(): Promise<PhoneCall> {
    const call = this.humanCall!;
    await call.answered(limitMs);
    const started = this.events.findLast((e) => e.type === 'transferStarted');
    // A pause within the briefing is not its end.
    await this.until(
      (e) => e.type === 'phaseChanged' && e.to === 'offered' && e.attempt === started?.attempt,
      'offered',
    );
    await hearsToEnd(call);
    return call;
  }

  /** Each phone hears the other's pilot. */
  async bothHearEachOther(): Promise<void> {
    const [caller, human] = [this.callerCall!, this.humanCall!];
    await Promise.all([
      caller.hears({ pilot: this.humanPhone.pilot }, limitMs),
      human.hears({ pilot: this.callerPhone.pilot }, limitMs),
    ]);
  }

  /** A sentence in each direction after the merge, heard at the other end. */
  async theyTalk(lines: { human: string; caller: string }): Promise<void> {
    await this.bothHearEachOther();
    await this.says('human', lines.human);
    await this.callerCall!.hears({ sentence: lines.human }, limitMs);
    await this.says('caller', lines.caller);
    await this.humanCall!.hears({ sentence: lines.caller }, limitMs);
  }

  async says(who: 'caller' | 'human', sentence: string): Promise<void> {
    const call = who === 'caller' ? this.callerCall : this.humanCall;
    this.said[who].push({ sentence, ...(await call!.say(sentence)) });
  }

  async presses(who: 'caller' | 'human', digit: string): Promise<void> {
    const call = who === 'caller' ? this.callerCall : this.humanCall;
    this.pressed[who].push({ digit, ...(await call!.pressKey(digit)) });
  }

  /** Waits for an event of the application, also one that has already come. */
  until(
    matches: (event: RecordedEvent) => boolean,
    what: string,
    withinMs = limitMs,
  ): Promise<RecordedEvent> {
    const before = this.events.find(matches);
    if (before) return Promise.resolve(before);
    return new Promise((resolve, reject) => {
      const onEvent = (event: RecordedEvent) => {
        if (event !== this.events.at(-1) || !matches(event)) return;
        clearTimeout(timer);
        this.lab.emitter.off('event', onEvent);
        resolve(event);
      };
      const timer = setTimeout(() => {
        this.lab.emitter.off('event', onEvent);
        const seen = this.events.map((e) => (e.type === 'phaseChanged' ? e.to : e.type)).join(', ');
        reject(
          ofTime(
            new Error(
              `The application never came to "${what}"; it recorded: ${seen || 'nothing'}.`,
            ),
          ),
        );
      }, withinMs);
      this.lab.emitter.on('event', onEvent);
    });
  }

  /** Waits until something can be seen that announces itself to nobody. */
  async sees(isThere: () => boolean, what: string): Promise<void> {
    const deadlineMs = nowMs() + limitMs;
    while (!isThere()) {
      if (nowMs() > deadlineMs) throw ofTime(new Error(`Did not see that ${what}.`));
      await delay(5);
    }
  }

  reaches(phase: string, withinMs = limitMs): Promise<RecordedEvent> {
    return this.until((e) => e.type === 'phaseChanged' && e.to === phase, phase, withinMs);
  }
}

/** Whether this is the first event of a call that nobody has had before. */
function isNews(event: RecordedEvent, others: ReadonlySet<string>): boolean {
  if (others.has(event.callId)) return false;
  if (event.type === 'callResumed') return !others.has(event.of);
  // These are the last words about a call: an AI that came for nothing, or a guardian's about one that has died.
  if (event.type === 'callEnding') return event.cause !== 'notNeeded';
  return event.type !== 'callEnded' && event.type !== 'transferEnded';
}

type Said = { sentence: string; startedAtMs: number; endedAtMs: number };
type Press = { digit: string; startedAtMs: number; endedAtMs: number };

/** How long nothing must be said until a listener takes it for the end. */
const pauseMs = 300;

/** Resolves when the AI has said something since `sinceMs` and then nothing for 300 ms, unless another pause is given. */
export async function hearsToEnd(call: CallView, sinceMs = 0, forMs = pauseMs): Promise<void> {
  await listen(call, 'the AI speak, and come to an end', (frames) => {
    const last = frames.findLast((frame) => frame.atMs >= sinceMs && frame.code !== undefined);
    return last !== undefined && nowMs() - last.atMs > forMs;
  });
}

/** Resolves when a phone has heard a sentence after `sinceMs`; one that it has heard before may come again. */
export async function hearsSince(
  stage: Stage,
  call: CallView,
  sentence: string,
  sinceMs: number,
): Promise<void> {
  const code = stage.lab.codes.codeOf(sentence);
  await listen(call, `"${sentence}" again`, (frames) =>
    frames.some((frame) => frame.atMs > sinceMs && frame.code === code),
  );
}

/** Resolves when the last `forMs` of what arrived all had `pilot` in it. */
export async function hearsSteadily(call: CallView, pilot: number, forMs: number): Promise<void> {
  await listen(call, `pilot ${pilot} for ${forMs} ms`, (frames) => {
    const last = frames.slice(-forMs / 20);
    return last.length >= forMs / 20 && last.every((frame) => frame.pilots.includes(pilot));
  });
}

async function listen(
  call: CallView,
  what: string,
  isHeard: (frames: readonly HeardFrame[]) => boolean,
): Promise<void> {
  const deadlineMs = nowMs() + limitMs;
  while (!isHeard(call.frames)) {
    if (call.endedAtMs !== undefined) {
      throw ofTime(new Error(`The call ended before it heard ${what}.`));
    }
    if (nowMs() > deadlineMs) {
      throw ofTime(new Error(`Did not hear ${what}. ${summaryOf(call.frames)}`));
    }
    await delay(20);
  }
}
