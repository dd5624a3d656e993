/**
 * Finds out whether an answering machine or a phone menu has picked up, from what is said at the other end while the
 * headline is spoken. Used by consultation.ts. A detection that fails, or cannot tell, counts as a human: the offer
 * still has to be accepted, which no machine does.
 */
import { type llm, log, voice } from '@livekit/agents';

/**
 * Listens until it knows who picked up.
 * @param options.model classifies what was said; one of its own, because a failure of it is nobody's answer.
 * @param options.onMachine is called at most once.
 * @returns a function that ends the detection.
 */
export function watchForMachine(options: {
  session: voice.AgentSession;
  model: llm.LLM;
  identity: string;
  onMachine: () => void;
}): () => void {
  const { session, model, identity, onMachine } = options;
  // Without a listener the SDK throws its own retryable errors instead of retrying.
  model.on('error', () => undefined);
  const detection = new voice.AMD(session, {
    llm: model,
    // The session's own transcripts; left out, it would ask a service in the cloud.
    stt: null,
    participantIdentity: identity,
    interruptOnMachine: false,
  });
  detection.execute().then(
    ({ isMachine }) => isMachine && onMachine(),
    (error: unknown) => log().debug({ error }, 'it is not known whether a machine has answered'),
  );
  // The detection holds back whatever the AI is to say until it knows, and a human must not wait for that.
  session.resumeReplyAuthorization();
  return () => void detection.aclose();
}
