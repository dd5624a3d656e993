/**
 * The three stand-ins of a lab, opened together: OpenAI, Deepgram and Cartesia on loopback, each speaking the
 * provider's wire protocol. The application is pointed at them by `env` alone.
 *
 * Called by the lab, once per network. Left out: what the model says (a ModelScript of the scenario) and the voices of
 * the phones (lab/audio).
 */
import { randomUUID } from 'node:crypto';
import type { CodeBook } from '../audio/codes.ts';
import type { Voice } from '../audio/speech.ts';
import { CartesiaStandIn, type SpokenSentence, type TtsLatency } from './cartesia.ts';
import { DeepgramStandIn, type SttLatency } from './deepgram.ts';
import type { FaultSwitch } from './faults.ts';
import type { HeardSentence } from './listen-stream.ts';
import type { ModelScript } from './model-script.ts';
import { meant } from './sentences.ts';
import { OpenAiStandIn, type LlmLatency, type LoggedRequest } from './openai.ts';

export type StandInsOptions = {
  /** The lab's one code book, shared with its phones. */
  codes: CodeBook;
  script: ModelScript;
  /** The espeak-ng program; by default found on the path. */
  voice?: Voice | undefined;
  latency?: { llm?: Partial<LlmLatency>; tts?: Partial<TtsLatency>; stt?: Partial<SttLatency> };
};

/** What the application needs in its environment. The forms are those of the plugins' options. */
export type StandInsEnv = {
  /** `http://127.0.0.1:<port>/v1`, for `new openai.LLM({ baseURL })` */
  OPENAI_BASE_URL: string;
  OPENAI_API_KEY: string;
  /** `ws://127.0.0.1:<port>`, for `new deepgram.STT({ baseUrl })` */
  DEEPGRAM_BASE_URL: string;
  DEEPGRAM_API_KEY: string;
  /** `http://127.0.0.1:<port>`, for `new cartesia.TTS({ baseUrl })` */
  CARTESIA_BASE_URL: string;
  CARTESIA_API_KEY: string;
};

export type StandIns = {
  env: StandInsEnv;
  /** What the AI was given a voice for, in order. Times are lab/audio's `nowMs()`. */
  spoken: readonly SpokenSentence[];
  /** What the AI heard, in order. */
  heard: readonly HeardSentence[];
  /** In which languages the AI hears and speaks. */
  languages: () => { heard: unknown[]; spoken: unknown[] };
  /** What the model was asked, in order. */
  requests: readonly LoggedRequest[];
  setScript: (script: ModelScript) => void;
  setLatency: (latency: NonNullable<StandInsOptions['latency']>) => void;
  /** Per provider: `faults.deepgram.set({ kind: 'stall', afterMessages: 0 })`, `faults.deepgram.heal()`. */
  faults: Record<Provider, FaultSwitch>;
  /** Cuts all sockets of one provider now, without a close frame. */
  dropSockets: (provider: Provider) => void;
  close: () => Promise<void>;
};

export type Provider = 'openai' | 'deepgram' | 'cartesia';

/** Opens all three on free ports, with keys that are valid for them only. */
export async function openStandIns(options: StandInsOptions): Promise<StandIns> {
  const { codes, voice, latency } = options;
  // A model knows what was meant when a word is missing; its scripts compare whole sentences.
  const understanding =
    (script: ModelScript): ModelScript =>
    ({ lastUser, ...request }) => {
      if (lastUser === undefined) return script(request);
      return script({ ...request, lastUser: meant(lastUser, codes.sentences) });
    };
  const script = understanding(options.script);
  const key = (provider: Provider): string => `lab-${provider}-${randomUUID()}`;
  const keys = { openai: key('openai'), deepgram: key('deepgram'), cartesia: key('cartesia') };
  const speech = { port: 0, codes, voice };
  const [openai, deepgram, cartesia] = await Promise.all([
    OpenAiStandIn.open({ port: 0, apiKey: keys.openai, script, latency: latency?.llm }),
    DeepgramStandIn.open({ ...speech, apiKey: keys.deepgram, latency: latency?.stt }),
    CartesiaStandIn.open({ ...speech, apiKey: keys.cartesia, latency: latency?.tts }),
  ]);
  const all = { openai, deepgram, cartesia };
  return {
    env: {
      OPENAI_BASE_URL: openai.url,
      OPENAI_API_KEY: keys.openai,
      DEEPGRAM_BASE_URL: deepgram.url,
      DEEPGRAM_API_KEY: keys.deepgram,
      CARTESIA_BASE_URL: cartesia.url,
      CARTESIA_API_KEY: keys.cartesia,
    },
    spoken: cartesia.spoken,
    heard: deepgram.heard,
    languages: () => ({ heard: [...deepgram.languages], spoken: [...cartesia.languages] }),
    requests: openai.requests,
    setScript: (next) => openai.setScript(understanding(next)),
    setLatency: ({ llm, tts, stt }) => {
      if (llm) openai.setLatency(llm);
      if (tts) cartesia.setLatency(tts);
      if (stt) deepgram.setLatency(stt);
    },
    faults: { openai: openai.faults, deepgram: deepgram.faults, cartesia: cartesia.faults },
    dropSockets: (provider) => all[provider].dropSockets(),
    close: async () => {
      await Promise.all([openai.close(), deepgram.close(), cartesia.close()]);
    },
  };
}
