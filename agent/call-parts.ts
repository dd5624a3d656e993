/** Everything that one call is made of, put together. call.ts owns the parts, and is the only one that uses them all. */
import type { JobContext, VAD, voice } from '@livekit/agents';
import { type EndCause, type Heir, type Recorder, recorder } from './call-events.ts';
import type { CallerSide } from './caller-side.ts';
import type { Config } from './config.ts';
import { FrontDesk } from './front-desk.ts';
import { callsFolder } from './guardian/call-file.ts';
import { CallTrace } from './guardian/call-trace.ts';
import { Predecessor } from './guardian/predecessor.ts';
import { Resumed } from './guardian/resumed.ts';
import { readResumption } from './guardian/resumption.ts';
import { Successor } from './guardian/successor.ts';
import { createSession } from './models.ts';
import { Relief } from './relief.ts';
import { Teardown } from './teardown.ts';
import { Telephony } from './telephony.ts';
import { Attempts } from './transfer/attempts.ts';

export type CallParts = {
  /** Of the call room. */
  roomName: string;
  /** The name under which AIs are dispatched. */
  agentName: string;
  session: voice.AgentSession;
  telephony: Telephony;
  record: Recorder;
  teardown: Teardown;
  attempts: Attempts;
  desk: FrontDesk;
  trace: CallTrace;
  /** When this job goes on with a call whose AI was lost. */
  resumed: Resumed | undefined;
  /** A call that was in our room before, when we were not sent for one. */
  predecessor: Predecessor | undefined;
  /** Another AI that has the call, should there be one. */
  successor: Successor;
  /** For when the job has to end before the call. */
  relief: Relief;
};

export function createParts(options: {
  /** The captured one. */
  ctx: JobContext;
  config: Config;
  vad: VAD;
  /** Undefined until the AI talks to them. */
  caller: () => CallerSide | undefined;
  end: (cause: EndCause, heir?: Heir) => Promise<void>;
}): CallParts {
  const { ctx, config, vad, caller, end } = options;
  const { url, apiKey, apiSecret } = { ...config.livekit, ...ctx.info };
  const { room } = ctx;
  const callId = ctx.job.id;
  const roomName = ctx.job.room?.name ?? '';
  const { agentName, words } = config;
  const session = createSession(config, vad);
  const telephony = new Telephony({ url, apiKey, apiSecret });
  const folder = callsFolder(config.dataDir);
  const resumption = readResumption(ctx.job.metadata);
  const resumed = resumption && new Resumed({ resumption, room, telephony, folder });
  const losses = resumed?.losses ?? 0;
  const trace = new CallTrace({ telephony, folder, callId, room: roomName, losses });
  const log = recorder(callId);
  const record: Recorder = (event) => {
    // What begins is known to others before it is on record, and what has ended after: a process may die in between.
    const begins = event.type === 'transferStarted';
    if (begins) trace.note(event);
    log(event);
    if (!begins) trace.note(event);
  };
  const teardown = new Teardown();
  teardown.add('mark of others', () => trace.givenBack());
  const call = { callId, callRoom: roomName, config, vad, telephony, session, teardown, record };
  const endCall = (cause: EndCause, heir?: Heir) => void end(cause, heir);
  const attempts = new Attempts({ ...call, endCall });
  const desk = new FrontDesk({ ...call, attempts });
  const inCall = { callId, agentName, room, telephony, attempts, trace, losses };
  const relief = new Relief({ ...inCall, words, caller, end });
  const successor = new Successor({ callId, room, telephony, trace, of: resumed?.of });
  const predecessor = resumed ? undefined : new Predecessor({ ...inCall, folder, end });
  const others = { trace, resumed, predecessor, successor, relief };
  return { roomName, agentName, session, telephony, record, teardown, attempts, desk, ...others };
}
