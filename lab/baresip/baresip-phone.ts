/**
 * Debian's baresip as a telephone of the lab: a SIP stack that others wrote, as a witness that ours tells the truth.
 *
 * Started by the lab when a scenario asks for it. It makes calls, one at a time; it is not called. It speaks from files that
 * are made as they are needed, and hears through the files that baresip writes while it receives (its module sndfile).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nowMs } from '../audio/clock.ts';
import type { CodeBook } from '../audio/codes.ts';
import { FRAME_MS } from '../audio/frames.ts';
import { addTones } from '../audio/speaking.ts';
import { synthesize, type Voice } from '../audio/speech.ts';
import { pilotTones } from '../audio/tones.ts';
import type { LabProcess, ProcessOptions } from '../network/processes.ts';
import { FRAME_SAMPLES, PILOT_DB, RATE_HZ } from '../phone/audio-sender.ts';
import type { CallingPhone } from '../phone/call-view.ts';
import { headerOf } from '../phone/sip-message.ts';
import { BaresipCall } from './baresip-call.ts';
import { BaresipControl, type ControlEvent } from './control.ts';
import { baresipAccount, baresipConfig, type BaresipPorts, findModules } from './settings.ts';
import { SipTrace } from './sip-trace.ts';
import { formatWav } from './wav.ts';

/** baresip hangs up when its source comes to an end, so each outlasts the longest scenario. */
const sourceMs = 120_000;

export type BaresipOptions = {
  /** The baresip program. */
  program: string;
  /** Where its configuration and its audio go; made when it is not there. */
  directory: string;
  ports: BaresipPorts;
  /** Starts a process that ends with the lab. */
  run: (options: Omit<ProcessOptions, 'logFile'>) => Promise<LabProcess>;
  name: string;
  number: string;
  /** 1 to 15. */
  pilot: number;
  /** Given when the called side asks for them. */
  username: string;
  password: string;
  codes: CodeBook;
  voice: Voice;
};

export class BaresipPhone implements CallingPhone {
  readonly pilot: number;
  readonly #options: BaresipOptions;
  readonly #trace = new SipTrace();
  readonly #calls = new Map<string, BaresipCall>();
  /** Nothing but the pilot. */
  readonly #source: Int16Array;
  readonly #pilotFile: string;
  #control!: BaresipControl;
  #current: BaresipCall | undefined;
  #files = 0;

  private constructor(options: BaresipOptions) {
    this.pilot = options.pilot;
    this.#options = options;
    this.#pilotFile = join(options.directory, 'pilot.wav');
    this.#source = repeated(pilotFrame(options.pilot), sourceMs / FRAME_MS);
  }

  /** Writes its configuration, starts it and waits until it takes commands. */
  static async start(options: BaresipOptions): Promise<BaresipPhone> {
    const phone = new BaresipPhone(options);
    phone.#configure();
    let control: BaresipControl | undefined;
    await options.run({
      name: 'baresip',
      command: options.program,
      args: ['-f', options.directory, '-s'],
      onLine: (line) => phone.#onLine(line),
      isReady: async () => {
        control = await BaresipControl.connect({
          port: options.ports.control,
          onEvent: (event) => phone.#onEvent(event),
          onClosed: () => phone.#current?.fail('baresip is gone'),
        });
        return true;
      },
    });
    phone.#control = control!;
    return phone;
  }

  /** Calls a SIP address with the account's name and password. Throws when it is in a call: it makes one at a time. */
  dial({ to }: { to: string }): BaresipCall {
    if (this.#current && !this.#current.ending) {
      throw new Error('baresip is in a call. Hang it up and wait for its end before the next.');
    }
    const call = new BaresipCall({
      codes: this.#options.codes,
      command: (command, params) => this.#control.command(command, params),
      speechFile: (sentence) => this.#speechFile(sentence),
    });
    this.#current = call;
    this.#place(to).catch((error: Error) => call.fail(error.message));
    return call;
  }

  /** baresip begins a call with the source that was set last; that would be what it said last in the call before. */
  async #place(to: string): Promise<void> {
    // Both at once, so that no other command, such as `hangup`, comes between them.
    const source = this.#control.command('ausrc', `aufile,${this.#pilotFile}`);
    await Promise.all([source, this.#control.command('dial', to)]);
  }

  #configure(): void {
    const { program, directory, ports, name, number, username, password } = this.#options;
    const dumps = join(directory, 'heard');
    mkdirSync(dumps, { recursive: true });
    writeFileSync(this.#pilotFile, formatWav(this.#source));
    const modules = findModules(program);
    const config = baresipConfig({ modules, ports, source: this.#pilotFile, dumps });
    writeFileSync(join(directory, 'config'), config);
    const account = baresipAccount({ name, number, sipPort: ports.sip, username, password });
    writeFileSync(join(directory, 'accounts'), account);
  }

  #onLine(line: string): void {
    const traced = this.#trace.line(line, nowMs());
    if (traced) {
      const { from, message, atMs } = traced;
      const direction = from.endsWith(`:${this.#options.ports.sip}`) ? 'sent' : 'received';
      this.#callOf(headerOf(message, 'Call-ID'))?.traced(direction, message, atMs);
    }
    const dump = /^sndfile: dumping (encode|decode) audio to (.+)$/.exec(line);
    if (dump) this.#current?.follow(dump[1] === 'encode' ? 'sent' : 'heard', dump[2]!);
  }

  #onEvent(event: ControlEvent): void {
    if (event.id) this.#callOf(event.id)?.told(event);
  }

  /** A Call-ID that is not known yet is that of the call that was just dialled: nobody else calls here. */
  #callOf(callId: string): BaresipCall | undefined {
    const known = this.#calls.get(callId);
    if (known || !this.#current) return known;
    this.#calls.set(callId, this.#current);
    return this.#current;
  }

  /** All frames begin at the same phase of the pilot, so that one file goes over into the next without a click. */
  async #speechFile(sentence: string): Promise<{ path: string; frames: number }> {
    const { codes, voice, directory } = this.#options;
    const code = codes.codeOf(sentence);
    const speech = await synthesize({ sentence, code, sampleRateHz: RATE_HZ, voice });
    const mixed = this.#source.slice();
    speech.forEach((value, i) => {
      mixed[i] = Math.max(-32768, Math.min(32767, mixed[i]! + value));
    });
    const path = join(directory, `speech-${(this.#files += 1)}.wav`);
    await writeFile(path, formatWav(mixed));
    return { path, frames: Math.ceil(speech.length / FRAME_SAMPLES) };
  }
}

function pilotFrame(pilot: number): Int16Array {
  const tones = addTones(new Float32Array(FRAME_SAMPLES), pilotTones(pilot), PILOT_DB, RATE_HZ);
  return Int16Array.from(tones, (value) => Math.round(32767 * value));
}

function repeated(frame: Int16Array, times: number): Int16Array {
  const all = new Int16Array(frame.length * times);
  for (let i = 0; i < times; i += 1) all.set(frame, i * frame.length);
  return all;
}
