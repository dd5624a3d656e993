/** What the AI may do for the caller it talks to: look for a human, take a message. It decides when, and code decides how. */
import { join } from 'node:path';
import { llm, type voice } from '@livekit/agents';
import type { Recorder } from './call-events.ts';
import type { CallerSide } from './caller-side.ts';
import type { Config } from './config.ts';
import { candidates } from './directory/candidates.ts';
import { DialBudget } from './directory/dial-budget.ts';
import type { Destination } from './directory/directory.ts';
import { opensNext } from './directory/opening-hours.ts';
import type { Turn } from './guardian/call-file.ts';
import { takesMessages } from './messages/message-taker.ts';
import { createSupportAgent } from './support-agent.ts';
import type { Attempts } from './transfer/attempts.ts';
import { Search } from './transfer/search.ts';
import type { Words } from './words.ts';

type Options = {
  config: Config;
  callId: string;
  session: voice.AgentSession;
  attempts: Attempts;
  record: Recorder;
};

export class FrontDesk {
  readonly #options: Options;
  readonly #budget: DialBudget;

  constructor(options: Options) {
    this.#options = options;
    const { directory, dataDir } = options.config;
    this.#budget = new DialBudget({
      file: join(dataDir, 'dials'),
      perHour: directory.dialsPerHour,
    });
  }

  /** What the caller hears. */
  get words(): Words {
    return this.#options.config.words;
  }

  /** @param said what was said before, when another AI had the call. */
  createAgent(caller: CallerSide, said: readonly Turn[]): voice.Agent {
    const { config, session, callId, record } = this.#options;
    return createSupportAgent({
      directory: config.directory,
      words: config.words,
      transferTo: (destination) => this.#transfer(caller, destination),
      messages: takesMessages({ config, session, callId, record }),
      said,
    });
  }

  /** Begins the way through the directory. @throws ToolError with words for the model when nobody can be rung. */
  #transfer(caller: CallerSide, wanted: Destination): void {
    const { config, attempts } = this.#options;
    const { words } = config;
    const { transferTool, whatElse } = words.agent;
    if (attempts.current) throw new llm.ToolError(transferTool.isUnderWay);
    const now = new Date();
    const found = candidates(config.directory, wanted, now);
    if (found.length === 0) {
      const opens =
        (wanted.hours && opensNext(wanted.hours, now, words.hours)) ?? words.hours.later;
      throw new llm.ToolError(transferTool.isClosed(wanted.spokenName, opens));
    }
    const search = new Search({
      candidates: found,
      caller,
      open: (candidate, handOver) => attempts.open({ caller, candidate, handOver }),
      mayDial: () => attempts.count < config.directory.dialsPerCall && this.#budget.take(),
      words,
      lastWords: config.messageWebhook ? words.messages.wouldYouLike : whatElse,
    });
    if (!search.start()) throw new llm.ToolError(transferTool.noMoreCalls);
  }
}
