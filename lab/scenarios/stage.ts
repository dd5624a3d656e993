/**
 * What a scenario can do and wait for: two phones, and the application's own record. Everything that is waited for is
 * observed, at a phone where possible, and has a limit that only a fault reaches.
 */
import type { RecordedEvent } from '../network/lab.ts';
import { type Lab, numbers } from '../network/lab.ts';
import type { Phone, PhoneCall } from '../phone/exchange.ts';
import { nowMs } from '../audio/clock.ts';

const limitMs = 20_000;

export class Stage {
  readonly lab: Lab;
  readonly callerPhone: Phone;
  readonly humanPhone: Phone;
  /** The application's events of this run. */
  readonly events: RecordedEvent[] = [];
  readonly said = { caller: [] as Said[], human: [] as Said[] };
  readonly pressed = { caller: [] as Press[], human: [] as Press[] };
  callerCall: PhoneCall | undefined;
  humanCall: PhoneCall | undefined;
  readonly #stopListening: () => void;

  constructor(lab: Lab, phones: { caller: Phone; human: Phone }) {
    this.lab = lab;
    this.callerPhone = phones.caller;
    this.humanPhone = phones.human;
    const onEvent = (event: RecordedEvent) => this.events.push(event);
    lab.emitter.on('event', onEvent);
    this.#stopListening = () => lab.emitter.off('event', onEvent);
  }

  close(): void {
    this.#stopListening();
  }

  /** The caller dials the line and is answered. */
  async callerDials(): Promise<PhoneCall> {
    this.callerCall = this.callerPhone.dial({ to: this.lab.sipAddress, ...this.lab.sipUser });
    await this.callerCall.answered(limitMs);
    return this.callerCall;
  }

  /** The caller hears the greeting to its end and asks for a person; the transfer starts. */
  async callerAsks(sentence: string): Promise<void> {
    const call = await this.callerDials();
    await hearsToEnd(call);
    await this.says('caller', sentence);
  }

  /** The INVITE reaches the human's phone. */
  async humanIsCalled(): Promise<PhoneCall> {
    return (this.humanCall = await this.humanPhone.incoming(limitMs));
  }

  /** The human answered and hears the briefing to its end. */
  async humanIsBriefed(): Promise<PhoneCall> {
    const call = await this.humanIsCalled();
    await call.answered(limitMs);
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
    this.pressed[who].push({ digit, atMs: nowMs() });
    await call!.pressKey(digit);
  }

  /** Waits for an event of the application, also one that has already come. */
  until(matches: (event: RecordedEvent) => boolean, what: string): Promise<RecordedEvent> {
    const before = this.events.find(matches);
    if (before) return Promise.resolve(before);
    return new Promise((resolve, reject) => {
      const onEvent = (event: RecordedEvent) => {
        if (!matches(event)) return;
        clearTimeout(timer);
        this.lab.emitter.off('event', onEvent);
        resolve(event);
      };
      const timer = setTimeout(() => {
        this.lab.emitter.off('event', onEvent);
        const seen = this.events.map((e) => (e.type === 'phaseChanged' ? e.to : e.type)).join(', ');
        reject(
          new Error(`The application never came to "${what}"; it recorded: ${seen || 'nothing'}.`),
        );
      }, limitMs);
      this.lab.emitter.on('event', onEvent);
    });
  }

  reaches(phase: string): Promise<RecordedEvent> {
    return this.until((e) => e.type === 'phaseChanged' && e.to === phase, phase);
  }
}

type Said = { sentence: string; startedAtMs: number; endedAtMs: number };
type Press = { digit: string; atMs: number };

/** Resolves when speech that is heard from now on, or that is being heard, has been over for 300 ms. */
export async function hearsToEnd(call: PhoneCall, sinceMs = 0): Promise<void> {
  await call.hears({ speech: true, sinceMs }, limitMs);
  await call.hears({ pauseMs: 300 }, limitMs);
}
