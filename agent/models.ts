/**
 * Which speech-to-text, language model and voice the AI uses, and how it takes turns. The file to edit second.
 */
import { log, voice } from '@livekit/agents';
import type { VAD } from '@livekit/agents';
import type { Room } from '@livekit/rtc-node';
import * as cartesia from '@livekit/agents-plugin-cartesia';
import * as deepgram from '@livekit/agents-plugin-deepgram';
import * as openai from '@livekit/agents-plugin-openai';
import * as silero from '@livekit/agents-plugin-silero';
import type { Config, Provider } from './config.ts';
import { limits } from './limits.ts';
import { SteadyStt } from './steady-stt.ts';
import { SteadyTts } from './steady-tts.ts';
import { within } from './teardown.ts';
import { ParticipantAudio } from './workarounds/participant-audio.ts';
import { PromptVad } from './workarounds/prompt-vad.ts';

/** Loads the voice activity detector; done once per process, before a call arrives. */
export async function loadVad(): Promise<VAD> {
  return new PromptVad(await silero.VAD.load({ minSilenceDuration: 350 }));
}

export function createLlm(config: Config): openai.LLM {
  const { apiKey, baseUrl } = config.openai;
  return new openai.LLM({ model: 'gpt-4.1', apiKey, ...(baseUrl && { baseURL: baseUrl }) });
}

/** A session with models of its own. Turns end by voice activity alone: no detector in the cloud is asked. */
export function createSession(config: Config, vad: VAD): voice.AgentSession {
  const { language } = config.words;
  const hearing = new SteadyStt(
    new deepgram.STT({ model: 'nova-3', language, ...connection(config.deepgram) }),
  );
  const session = new voice.AgentSession({
    stt: hearing,
    llm: createLlm(config),
    tts: new SteadyTts(
      new cartesia.TTS({
        model: 'sonic-3',
        language,
        // SteadyTts has a limit of its own, which knows when it is this process that was late.
        chunkTimeout: limits.speechStallMs,
        ...connection(config.cartesia),
      }),
    ),
    vad,
    turnHandling: {
      turnDetection: 'vad',
      endpointing: { mode: 'fixed', minDelay: 400, maxDelay: 3_000 },
      interruption: {
        enabled: true,
        mode: 'vad',
        minDuration: 500,
        resumeFalseInterruption: true,
        // What an answering machine says during the headline tells that it is one.
        discardAudioIfUninterruptible: false,
      },
      // A decision must rest on what was said to the end, not on its first half.
      preemptiveGeneration: { enabled: false },
    },
    // A telephone has no echo canceller to warm up, and silence on a phone is no reason to go away.
    aecWarmupDuration: null,
    userAwayTimeout: null,
    transcriptionTimeout: limits.transcriptMs,
    // Nobody reads along. And a reply that is cut off as its first sound comes keeps the session waiting for the rest of its text for
    // five seconds (agents 1.8.1), with whatever is to be said next.
    useTtsAlignedTranscript: false,
    ttsReadIdleTimeout: limits.speechStallMs,
    forwardAudioIdleTimeout: limits.speechStallMs,
    // Somebody waits on the telephone: what does not work soon is told, not tried for long.
    connOptions: {
      llmConnOptions: {
        timeoutMs: limits.modelMs,
        maxRetry: limits.modelRetries,
        retryIntervalMs: limits.modelPauseMs,
      },
    },
  });
  session.on(voice.AgentSessionEventTypes.UserTranscriptionTimeout, () => hearing.hearAgain());
  return session;
}

/**
 * Starts a session in a room: it hears one participant and nobody else, as sound alone, and its end is decided by us and not by
 * the room.
 */
export function startSession(
  session: voice.AgentSession,
  { agent, room, hears }: { agent: voice.Agent; room: Room; hears: string },
): Promise<void> {
  const audio = new ParticipantAudio(room, hears);
  session.input.audio = audio;
  session.once(voice.AgentSessionEventTypes.Close, () => void audio.close());
  return session.start({
    agent,
    room,
    record: false,
    inputOptions: {
      participantIdentity: hears,
      audioEnabled: false,
      textEnabled: false,
      closeOnDisconnect: false,
      deleteRoomOnClose: false,
    },
    outputOptions: { transcriptionEnabled: false, queueSizeMs: limits.speechAheadMs },
  });
}

const closings = new WeakMap<voice.AgentSession, Promise<void>>();

/**
 * Closes a session at once, cutting off what it says. Resolves on its Close event, because the SDK's own promise stays
 * open for ever when nobody subscribed to the AI's voice, as with a phone that was never answered. That event comes once,
 * so whoever closes a session again waits for the first time. Never rejects.
 * @param reason goes into the Close event; `user_initiated` when left out.
 */
export function closeSession(session: voice.AgentSession, reason?: string): Promise<void> {
  const closing = closings.get(session) ?? close(session, reason);
  closings.set(session, closing);
  return closing;
}

async function close(session: voice.AgentSession, reason: string | undefined): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    session.once(voice.AgentSessionEventTypes.Close, () => resolve());
  });
  // A session that was never started has no Close event.
  const done = reason ? undefined : session.close();
  if (reason) session.shutdown({ drain: false, reason });
  await within(limits.sessionCloseMs, Promise.race([closed, done ?? closed])).catch(
    () => undefined,
  );
}

/** Says something, if the session can still say anything; one that is closing has nobody to talk to. */
export function tell(session: Pick<voice.AgentSession, 'say'>, words: string): void {
  try {
    session.say(words);
  } catch (error) {
    log().debug({ error }, 'there was nobody to tell');
  }
}

/**
 * Tells of faults of the providers that no retry has mended.
 * @param on.noReply the model gave no reply to what was said.
 * @param on.notHeard somebody spoke, and speech-to-text cannot be reached.
 * @param on.noVoice a sentence was not spoken, or the session has closed over a fault: nothing will be said any more.
 */
export function onFault(
  session: voice.AgentSession,
  on: { noReply: () => void; notHeard: () => void; noVoice: () => void },
): void {
  session.on(voice.AgentSessionEventTypes.Error, ({ error }) => {
    if (error.type === 'interruption_detection_error' || error.recoverable) return;
    if (error.type === 'llm_error') on.noReply();
    if (error.type === 'tts_error') on.noVoice();
  });
  if (session.stt instanceof SteadyStt) session.stt.onUnheard = on.notHeard;
  session.on(voice.AgentSessionEventTypes.Close, ({ error }) => {
    if (error) on.noVoice();
  });
}

/** Cuts off what a session says. One that does not run, or no more, says nothing anyway. */
export function hush(session: voice.AgentSession): void {
  try {
    session.interrupt({ force: true });
  } catch (error) {
    log().debug({ error }, 'there was nobody to hush');
  }
}

function connection({ apiKey, baseUrl }: Provider) {
  return { apiKey, ...(baseUrl && { baseUrl }) };
}
