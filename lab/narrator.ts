/** Tells a call line by line while it happens, with the seconds since it was dialled. Used by the demo. */
import { nowMs } from './audio/clock.ts';
import type { RecordedEvent } from './network/lab.ts';
import type { CallView } from './phone/call-view.ts';
import type { Stage } from './scenarios/stage.ts';

export class Narrator {
  readonly #startedMs = nowMs();
  readonly #print: (line: string) => void;
  #seen = new Set<CallView>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Follows a run: the application's record as it comes, and the phones from the moment they have a call. */
  follow(stage: Stage): void {
    stage.lab.emitter.on('event', (event) => this.#onEvent(event));
    stage.onCall = (who, call) => this.#onCall(who, call);
  }

  #tell(what: string, detail = ''): void {
    const seconds = ((nowMs() - this.#startedMs) / 1000).toFixed(2).padStart(6);
    this.#print(`${seconds} s  ${what.padEnd(16)} ${detail}`.trimEnd());
  }

  #onCall(who: 'caller' | 'human', call: CallView): void {
    if (this.#seen.has(call)) return;
    this.#seen.add(call);
    if (who === 'caller') this.#tell('dialled', 'the caller dials the number of the AI');
    else this.#tell('invited', "the INVITE reaches the human's phone");
    call.answered(120_000).then(
      () => this.#tell('answered', who === 'caller' ? 'the AI answers' : 'the human picks up'),
      () => undefined,
    );
    void call.ended.then(({ by, how, status }) => {
      if (by === 'us')
        this.#tell(
          'hang-up',
          `the ${who} ${how === 'rejected' ? `refuses (${status})` : 'hangs up'}`,
        );
      else this.#tell('leg ended', `the ${who}'s leg is ended by us (${how})`);
    });
  }

  #onEvent(event: RecordedEvent): void {
    if (event.type === 'transferStarted')
      this.#tell('hold', 'the caller is on hold and hears music');
    if (event.type === 'phaseChanged') this.#onPhase(event.to);
    if (event.type === 'transferEnded') {
      this.#tell(
        'outcome',
        `${event.outcome}${event.by ? ` by ${event.by}` : ''}, blame: ${event.blame}`,
      );
    }
    if (event.type === 'sessionClosed') this.#tell('session closed', event.reason);
    if (event.type === 'roomGone') this.#tell('room gone', `the ${event.room} room`);
    if (event.type === 'callEnded') this.#tell('call ended', event.cause);
  }

  #onPhase(phase: string): void {
    const words: Record<string, string> = {
      ringing: "the human's phone rings",
      briefing: 'the AI briefs the human in private',
      offered: 'the offer was heard to the end; now a yes counts',
      accepted: 'the human takes the call',
      connected: 'caller and human are in one room',
      returning: 'the caller is given back to the AI',
    };
    if (words[phase]) this.#tell(phase === 'connected' ? 'merged' : phase, words[phase]);
  }
}
