/**
 * The dialogue in which a caller leaves a message: two tools for the AI, and the words that code says. The model writes
 * the message down; code reads it back, and keeps it only when the caller has spoken after the read-back had come to its
 * end. There is one draft at a time, and a correction is a new one. Used by the support agent.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { llm, log, voice } from '@livekit/agents';
import { z } from 'zod';
import type { Recorder } from '../call-events.ts';
import type { Config } from '../config.ts';
import { limits } from '../limits.ts';
import { within } from '../teardown.ts';
import { Offer } from '../transfer/offer.ts';
import type { Words } from '../words.ts';
import { type Message, Spool } from './spool.ts';

const longestName = 100;
const longestText = 1_000;

/** The two keys are those of an offer: the read-back was heard to its end, and the caller has spoken since. */
type Draft = { message: Message; spokenName: string; readBack: Offer };

type Options = {
  session: voice.AgentSession;
  departments: ReadonlyMap<string, { key: string; spokenName: string }>;
  spool: Spool;
  words: Words['messages'];
  callId: string;
  record: Recorder;
};

/** @returns nothing when there is no webhook, because then nobody would ever read a message. */
export function takesMessages(options: {
  config: Config;
  session: voice.AgentSession;
  callId: string;
  record: Recorder;
}): MessageTaker | undefined {
  const { config, ...its } = options;
  if (!config.messageWebhook) return undefined;
  const spool = new Spool(join(config.dataDir, 'messages'));
  const { departments } = config.directory;
  return new MessageTaker({ ...its, departments, spool, words: config.words.messages });
}

export class MessageTaker {
  readonly #options: Options;
  #draft: Draft | undefined;

  constructor(options: Options) {
    this.#options = options;
    options.session.on(voice.AgentSessionEventTypes.UserInputTranscribed, (event) => {
      if (event.isFinal && event.transcript.trim()) this.#draft?.readBack.humanSpoke();
    });
  }

  get tools() {
    const { takeTool, confirmTool } = this.#options.words;
    const keys = [...this.#options.departments.keys()].join(', ');
    return [
      llm.tool({
        name: 'take_message',
        description: takeTool.description,
        parameters: z.object({
          destination: z.string().describe(takeTool.destination(keys)),
          name: z.string().describe(takeTool.name),
          callBack: z.string().describe(takeTool.callBack),
          text: z.string().describe(takeTool.text),
        }),
        // No return value, here and below: what the caller hears next is said by code.
        execute: async (said) => this.#take(said),
      }),
      llm.tool({
        name: 'confirm_message',
        description: confirmTool.description,
        execute: () => this.#confirm(),
      }),
    ];
  }

  #take(said: { destination: string; name: string; callBack: string; text: string }): void {
    const { departments, session, callId, words } = this.#options;
    const department = departments.get(said.destination);
    if (!department) {
      const known = [...departments.keys()].join(', ');
      throw new llm.ToolError(words.takeTool.unknown(said.destination, known));
    }
    const message: Message = {
      id: randomUUID(),
      at: new Date().toISOString(),
      callId,
      destination: department.key,
      name: this.#text('name', said.name, longestName),
      callBack: this.#telephoneNumber(said.callBack),
      text: this.#text('text', said.text, longestText),
    };
    const draft = { message, spokenName: department.spokenName, readBack: new Offer(message.id) };
    this.#draft = draft;
    const speech = session.say(readBack(draft, words));
    void speech.waitForPlayout().then(() => speech.interrupted || draft.readBack.spoken());
  }

  async #confirm(): Promise<void> {
    const { session, spool, words, record } = this.#options;
    const draft = this.#draft;
    if (!draft) throw new llm.ToolError(words.confirmTool.isNone);
    const { message, spokenName } = draft;
    const { isNotConfirmed } = words.confirmTool;
    if (!draft.readBack.isAcceptedBy(message.id)) throw new llm.ToolError(isNotConfirmed);
    // Before anything is waited for, so that a second call finds none.
    this.#draft = undefined;
    try {
      await within(limits.spoolMs, spool.put(message));
    } catch (error) {
      log().error({ error, message: message.id }, 'a message could not be kept: check DATA_DIR');
      record({ type: 'messageFailed', message: message.id });
      this.#draft ??= draft;
      session.say(words.isNotKept);
      return;
    }
    record({ type: 'messageTaken', message: message.id });
    session.say(words.isKept(spokenName));
  }

  #text(what: 'name' | 'text', said: string, longest: number): string {
    const { isMissing, isTooLong } = this.#options.words.takeTool;
    const text = said.replace(/\s+/g, ' ').trim();
    if (!text) throw new llm.ToolError(isMissing[what]);
    if (text.length <= longest) return text;
    throw new llm.ToolError(isTooLong[what](longest));
  }

  /** @returns 7 to 15 digits (E.164 allows no more), with a plus before them when one was given. */
  #telephoneNumber(said: string): string {
    const number = said.replace(/[\s()./-]/g, '');
    if (/^\+?\d{7,15}$/.test(number)) return number;
    throw new llm.ToolError(this.#options.words.takeTool.isNoNumber);
  }
}

function readBack({ message, spokenName }: Draft, words: Words['messages']): string {
  const { name, text } = message;
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  const callBack = digits(message.callBack, words.plus);
  return words.readBack({ name, spokenName, callBack, text: sentence });
}

/** Digit by digit, in groups: "plus 1, 2 0 2, 5 5 5, 0 1 4 7". The rest stays together when it is short. */
export function digits(number: string, plusInWords: string): string {
  const [, plus, country, rest] = /^(\+?)(1(?=\d{10}$))?(\d+)$/.exec(number) ?? [];
  const groups = rest?.match(/\d{1,4}$|\d{3}/g) ?? [];
  const spaced = groups.map((group) => group.split('').join(' '));
  return `${plus ? `${plusInWords} ` : ''}${[...(country ? [country] : []), ...spaced].join(', ')}`;
}
