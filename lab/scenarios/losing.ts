/**
 * Stories in which the process of a call dies, or one comes that no call needs, in a lab with one worker. With two workers they
 * are in test/guardian/.
 */
import { AgentDispatchClient } from 'livekit-server-sdk';
import { answersSoon } from './leaving.ts';
import { firstSentence } from '../standins/sentences.ts';
import { type Scenario, lines, replies } from './scenario.ts';
import type { Stage } from './stage.ts';

const limitMs = 20_000;
/** The name under which the application is dispatched, when its environment does not give it another. */
const agentName = 'support-agent';

/** Sends another AI into the call's room, as a dispatch rule does that fires twice. */
async function sendAnother({ lab }: Stage): Promise<void> {
  const { url, apiKey, apiSecret } = lab.credentials;
  const [room] = await lab.rooms.listRooms();
  await new AgentDispatchClient(url, apiKey, apiSecret).createDispatch(room!.name, agentName);
}

export const losing: readonly Scenario[] = [
  {
    name: 'worker-killed',
    title:
      'the only worker is killed while the caller talks to the AI; they are told, and hung up on',
    expected: { outcome: 'none', blame: 'nobody', cause: 'workerLost' },
    play: async (stage) => {
      await stage.callerIsGreeted();
      await stage.lab.processes.killAlone('worker');
      const sentence = firstSentence(stage.words.agent.mustEnd);
      await stage.callerCall!.hears({ sentence }, limitMs);
      await stage.callerCall!.ended;
    },
    putBack: async (lab) => void (await lab.startWorker()),
  },
  {
    name: 'job-killed-while-bridged',
    title: 'the job is killed while the two talk; they talk on, and the next hang-up ends it all',
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'jobLost', isFound: true },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await stage.presses('human', '1');
      await stage.bothHearEachOther();
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
      const [call] = stage.lab.mailbox.calls();
      process.kill(call!.pid, 'SIGKILL');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      stage.callerCall!.hangUp();
      await stage.humanCall!.ended;
    },
  },
  {
    name: 'another-ai-is-sent',
    title: 'a second AI is sent to a caller who talks to one; it goes, and the first goes on',
    expected: { outcome: 'none', blame: 'nobody', cause: 'callerLeft' },
    play: async (stage) => {
      const { events } = stage.lab;
      const from = events.length;
      await stage.callerIsGreeted();
      await sendAnother(stage);
      const hasGone = () =>
        events.slice(from).some((e) => e.type === 'callEnded' && e.cause === 'notNeeded');
      await stage.sees(hasGone, 'the second AI went');
      await stage.says('caller', 'Are you there?');
      await stage.callerCall!.hears({ sentence: replies.helps }, limitMs);
      stage.callerCall!.hangUp();
    },
  },
];
