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
import { type Message, Spool } from './spool.ts';

const longestName = 100;
const longestText = 1_000;

export const messageInstructions = `When nobody can take the call, offer to take a message. Ask for the caller's name, the number to call back and what the message is, then call take_message.
The caller hears the message read back without your doing. When they say that it is right, call confirm_message; when they change anything, call take_message again with all of it.
Never say that you have a message: the caller is told when it is kept.`;

/** The two keys are those of an offer: the read-back was heard to its end, and the caller has spoken since. */
type Draft = { message: Message; spokenName: string; readBack: Offer };

type Options = {
  session: voice.AgentSession;
  departments: ReadonlyMap<string, { key: string; spokenName: string }>;
  spool: Spool;
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
  return new MessageTaker({ ...its, departments: config.directory.departments, spool });
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
    const keys = [...this.#options.departments.keys()].join(', ');
    return [
      llm.tool({
        name: 'take_message',
        description: 'Writes down a message, which is then read back to the caller.',
        parameters: z.object({
          destination: z.string().describe(`who it is for, one of: ${keys}`),
          name: z.string().describe("the caller's name"),
          callBack: z
            .string()
            .describe('the number to call back, in digits, as the caller said it'),
          text: z.string().describe("the message, in the caller's own words"),
        }),
        // No return value, here and below: what the caller hears next is said by code.
        execute: async (said) => this.#take(said),
      }),
      llm.tool({
        name: 'confirm_message',
        description: 'The caller said that the message is right as it was read back to them.',
        execute: () => this.#confirm(),
      }),
    ];
  }

  #take(said: { destination: string; name: string; callBack: string; text: string }): void {
    const { departments, session, callId } = this.#options;
    const department = departments.get(said.destination);
    if (!department) {
      const known = [...departments.keys()].join(', ');
      throw new llm.ToolError(`There is no "${said.destination}". Choose one of: ${known}.`);
    }
    const message: Message = {
      id: randomUUID(),
      at: new Date().toISOString(),
      callId,
      destination: department.key,
      name: words('name', said.name, longestName),
      callBack: telephoneNumber(said.callBack),
      text: words('message', said.text, longestText),
    };
    const draft = { message, spokenName: department.spokenName, readBack: new Offer(message.id) };
    this.#draft = draft;
    const speech = session.say(readBack(draft));
    void speech.waitForPlayout().then(() => speech.interrupted || draft.readBack.spoken());
  }

  async #confirm(): Promise<void> {
    const { session, spool, record } = this.#options;
    const draft = this.#draft;
    if (!draft) throw new llm.ToolError('There is no message: call take_message first.');
    const { message, spokenName } = draft;
    if (!draft.readBack.isAcceptedBy(message.id)) {
      throw new llm.ToolError('Not confirmed: call take_message again, and let the caller answer.');
    }
    // Before anything is waited for, so that a second call finds none.
    this.#draft = undefined;
    try {
      await within(limits.spoolMs, spool.put(message));
    } catch (error) {
      log().error({ error, message: message.id }, 'a message could not be kept: check DATA_DIR');
      record({ type: 'messageFailed', message: message.id });
      this.#draft ??= draft;
      session.say('I am sorry, I could not keep your message. Please call again later.');
      return;
    }
    record({ type: 'messageTaken', message: message.id });
    session.say(`I have your message, and I am passing it on to ${spokenName}. ${goOn}`);
  }
}

const goOn = 'Is there anything else I can do for you?';

function words(what: string, said: string, longest: number): string {
  const text = said.replace(/\s+/g, ' ').trim();
  if (!text) throw new llm.ToolError(`The ${what} is missing: ask the caller for it.`);
  if (text.length <= longest) return text;
  throw new llm.ToolError(`The ${what} is longer than ${longest} characters: make it shorter.`);
}

/** @returns 7 to 15 digits (E.164 allows no more), with a plus before them when one was given. */
function telephoneNumber(said: string): string {
  const number = said.replace(/[\s()./-]/g, '');
  if (/^\+?\d{7,15}$/.test(number)) return number;
  throw new llm.ToolError(
    'That is no telephone number, and the number that they call from is not known: ask for one, in digits.',
  );
}

function readBack({ message: { name, callBack, text }, spokenName }: Draft): string {
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  return `A message from ${name} for ${spokenName}. The number to call back is ${digits(callBack)}. The message is: ${sentence} Is that right?`;
}

/** Digit by digit, in groups: "plus 1, 2 0 2, 5 5 5, 0 1 4 7". The rest stays together when it is short. */
export function digits(number: string): string {
  const [, plus, country, rest] = /^(\+?)(1(?=\d{10}$))?(\d+)$/.exec(number) ?? [];
  const groups = rest?.match(/\d{1,4}$|\d{3}/g) ?? [];
  const spaced = groups.map((group) => group.split('').join(' '));
  return `${plus ? 'plus ' : ''}${[...(country ? [country] : []), ...spaced].join(', ')}`;
}
