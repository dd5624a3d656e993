/** The one story in which the caller's telephone is not ours: what our phones say about a call, others see too. */
import { type Scenario, lines } from './scenario.ts';

export const baresipCaller: Scenario = {
  name: 'baresip-caller',
  title: 'a caller with a SIP phone by others, baresip, is transferred and hangs up at the end',
  expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'callerLeft' },
  play: async (stage) => {
    stage.callerPhone = await stage.lab.baresip();
    stage.humanPhone.whenCalled({ ringForMs: 400, then: { answer: true } });
    await stage.callerAsks(lines.ask);
    await stage.humanIsBriefed();
    await stage.presses('human', '1');
    await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
    await stage.until((e) => e.type === 'sessionClosed', 'session closed');
    stage.callerCall!.hangUp();
  },
};
