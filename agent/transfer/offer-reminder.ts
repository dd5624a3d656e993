/**
 * Makes the offer again when it was heard and nobody says anything. Started by consultation.ts when the offer was
 * spoken; it decides nothing, but reports a human who stays silent all the same.
 */
import { voice } from '@livekit/agents';
import { limits } from '../limits.ts';
import { tell } from '../models.ts';

const changes = [
  voice.AgentSessionEventTypes.AgentStateChanged,
  voice.AgentSessionEventTypes.UserStateChanged,
] as const;

/**
 * After `limits.offerAgainMs` in which neither side speaks it says `words`; after `limits.offerRepeats` times in a row
 * it calls `onSilent`, once. Whoever speaks begins the count anew.
 * @returns a function that ends it.
 */
export function remindOfOffer(options: {
  session: Pick<voice.AgentSession, 'agentState' | 'userState' | 'on' | 'off' | 'say'>;
  words: string;
  onSilent: () => void;
}): () => void {
  const { session, words, onSilent } = options;
  let timer: NodeJS.Timeout | undefined;
  let said = 0;
  const onSilence = () => {
    if (said === limits.offerRepeats) return onSilent();
    said += 1;
    tell(session, words);
  };
  const onChange = () => {
    clearTimeout(timer);
    if (session.userState === 'speaking') said = 0;
    else if (session.agentState === 'listening') timer = setTimeout(onSilence, limits.offerAgainMs);
  };
  for (const change of changes) session.on(change, onChange);
  onChange();
  return () => {
    clearTimeout(timer);
    for (const change of changes) session.off(change, onChange);
  };
}
