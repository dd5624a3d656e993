/** The one story in which the caller waits for long: they are told how it stands until the human picks up. */
import { spokenNames } from '../network/departments.ts';
import { firstSentence } from '../standins/sentences.ts';
import { type Scenario, lines, scriptFor } from './scenario.ts';
import { hearsToEnd } from './stage.ts';

const ringForMs = 22_000;

export const longHold: Scenario = {
  name: 'long-hold',
  title: "the human's phone rings for 22 s; the caller is told so, then the human takes the call",
  expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'callerLeft' },
  script: scriptFor('billing_office'),
  play: async (stage) => {
    stage.humanPhone.whenCalled({ ringForMs, then: { answer: true } });
    await stage.callerAsks(lines.ask);
    const call = await stage.humanIsCalled();
    await call.answered(2 * ringForMs);
    await hearsToEnd(call);
    // It was heard while the phone rang, if at all: nothing is waited for here.
    const isRinging = stage.words.hold.ringing(spokenNames.billing_office);
    await stage.callerCall!.hears({ sentence: firstSentence(isRinging) }, 0);
    await stage.presses('human', '1');
    await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
    await stage.until((e) => e.type === 'sessionClosed', 'session closed');
    stage.callerCall!.hangUp();
  },
};
