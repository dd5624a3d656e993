/**
 * The variables of the environment, and what may stand in them. config.ts reads them, and `pnpm doctor` judges each.
 */
import { z } from 'zod';

const required = (hint: string) =>
  z.string({ error: `is missing: ${hint}` }).min(1, { error: `is empty: ${hint}`, abort: true });
const secret = (where: string) => required(`copy it from ${where}`);
const url = (protocol: RegExp, example: string) =>
  z.url({
    protocol,
    error: (issue) =>
      `${issue.input === undefined ? 'is missing' : 'is not a usable address'}: it looks like ${example}`,
  });
/** An empty line in a .env file means that the variable is not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const isPrivate = (text: string) =>
  !/^http:(?!\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])/.test(text);
export const makeSecret = 'make one with `echo whsec_$(openssl rand -base64 32)`';
const keyBytes = (text: string) => Buffer.from(text.slice('whsec_'.length), 'base64').length;

const port = z.coerce.number('is not a port number').int().min(1).max(65535);

export const Environment = z.object({
  LIVEKIT_URL: url(/^wss?$/, 'wss://your-project.livekit.cloud'),
  LIVEKIT_API_KEY: secret('your LiveKit project, Settings, Keys'),
  LIVEKIT_API_SECRET: secret('your LiveKit project, Settings, Keys'),
  OPENAI_API_KEY: secret('platform.openai.com'),
  DEEPGRAM_API_KEY: secret('console.deepgram.com'),
  CARTESIA_API_KEY: secret('play.cartesia.ai'),
  OPENAI_BASE_URL: optional(url(/^https?$/, 'https://api.openai.com/v1')),
  DEEPGRAM_BASE_URL: optional(url(/^wss?$/, 'wss://api.deepgram.com')),
  CARTESIA_BASE_URL: optional(url(/^https?$/, 'https://api.cartesia.ai')),
  SIP_OUTBOUND_TRUNK_ID: required('run `pnpm sip:setup`, which writes it here').regex(
    /^ST_\w+$/,
    'is not a trunk id: it starts with ST_; `pnpm sip:setup` writes the right one',
  ),
  HUMAN_NUMBER: z.e164({
    error: (issue) =>
      `${issue.input === undefined ? 'is missing' : 'is not a phone number'}: write it with country code, like +12025550123`,
  }),
  AGENT_NAME: optional(z.string().regex(/^[\w-]+$/, 'may hold letters, digits, - and _ only')),
  LANGUAGE: optional(z.string()),
  WORDS_FILE: optional(z.string()),
  DIRECTORY_FILE: optional(z.string()),
  DATA_DIR: optional(z.string()),
  HEALTH_PORT: optional(port),
  GUARDIAN_WEBHOOK_PORT: optional(port),
  WORKER_MAX_CALLS: optional(
    z.coerce.number('is not a number').int('is not a whole number').min(1, 'must be at least 1'),
  ),
  WORKER_IDLE_PROCESSES: optional(
    z.coerce.number('is not a number').int('is not a whole number').min(1, 'must be at least 1'),
  ),
  WORKER_DRAIN_SECONDS: optional(
    z.coerce
      .number('is not a number')
      .int('is not a whole number')
      .min(1, 'must be at least 1')
      .max(86_400, 'must be a day, 86400, at most'),
  ),
  MESSAGE_WEBHOOK_URL: optional(
    url(/^https?$/, 'https://example.com/messages').refine(isPrivate, {
      error: 'must begin with https, because callers leave their numbers there',
    }),
  ),
  MESSAGE_WEBHOOK_SECRET: optional(
    z.string().refine((text) => /^whsec_[\w+/]+=*$/.test(text) && keyBytes(text) >= 24, {
      error: `is no secret: ${makeSecret}`,
    }),
  ),
});

export const ServerEnvironment = Environment.pick({
  LIVEKIT_URL: true,
  LIVEKIT_API_KEY: true,
  LIVEKIT_API_SECRET: true,
  AGENT_NAME: true,
  DATA_DIR: true,
  GUARDIAN_WEBHOOK_PORT: true,
});
