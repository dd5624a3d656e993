/**
 * What the AI says in a lab, unless it plays with other words: each sentence as short as it can be and still be told from all
 * others, because most of the time of a story is speech. The models are stand-ins, so their prompts hold only what those need.
 */
import type { Words } from '../agent/words.ts';

const offer = 'Do you take it?';

export const words: Words = {
  language: 'en',
  agent: {
    greeting: 'Hello, support here.',
    noReply: 'Once more, please.',
    notHeard: 'I hear nothing.',
    whatElse: 'What else is there?',
    mustEnd: 'I must hang up.',
    instructions: (destinations) => destinations,
    destination: ({ key }) => key,
    transferTool: {
      description: 'Calls a human.',
      destination: (known) => known,
      unknown: (known) => `Choose from ${known}.`,
      isUnderWay: 'It is under way.',
      isClosed: (spokenName) => `${spokenName} is closed.`,
      noMoreCalls: 'No more calls.',
    },
  },
  hours: {
    at: (day, time) => `${day} ${time}`,
    today: 'today',
    tomorrow: 'tomorrow',
    later: 'later',
    days: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
  },
  hold: {
    begins: (spokenName) => `Calling ${spokenName}.`,
    triesAnotherPhone: 'Another phone.',
    triesNext: (spokenName) => `Next, ${spokenName}.`,
    dialing: (spokenName) => `Trying ${spokenName}.`,
    ringing: (spokenName) => `Ringing ${spokenName}.`,
    briefing: (spokenName) => `Telling ${spokenName}.`,
    offered: (spokenName) => `Asking ${spokenName}.`,
  },
  failed: {
    declined: (spokenName) => `${spokenName} declined.`,
    busy: (spokenName) => `${spokenName} is busy.`,
    no_answer: (spokenName) => `${spokenName} is away.`,
    unreachable: (spokenName) => `No way to ${spokenName}.`,
    carrier_blocked: (spokenName) => `${spokenName} is blocked.`,
    trunk_failed: (spokenName) => `No line to ${spokenName}.`,
    human_left: (spokenName) => `Lost ${spokenName}.`,
    merge_failed: (spokenName) => `Not joined to ${spokenName}.`,
    expired: (spokenName) => `${spokenName} took too long.`,
  },
  consultation: {
    headline: (spokenName, summary) => `A call for ${spokenName}. ${summary} ${offer}`,
    noSummary: 'They want a person.',
    offerAgain: `${offer} Or hear it again?`,
    noReply: `I do not know. ${offer}`,
    notHeard: `I hear you not. ${offer}`,
    farewells: {
      thankHuman: 'Thanks, goodbye.',
      partFromHuman: 'Too late, goodbye.',
      excuseCaller: 'They hung up.',
    },
    instructions: (_, token) => token,
    summaryInstructions: 'Sum it up.',
    declineNote: (reason) => reason,
    acceptTool: { description: 'Accepts.', offer: 'token', isNotAccepted: 'Not accepted.' },
    declineTool: { description: 'Declines.', reason: 'why' },
    repeatTool: { description: 'Repeats.' },
  },
  coldTransfer: { referring: (spokenName) => `Connecting ${spokenName}.` },
  answeringMachine: { voicemail: (spokenName) => `A machine at ${spokenName}.` },
  guardian: { backAgain: 'I am back again.', oneMoment: 'One moment.' },
  messages: {
    wouldYouLike: 'Any message?',
    readBack: ({ name, spokenName, callBack, text }) =>
      `${name} to ${spokenName}. Number ${callBack}. ${text} Is it right?`,
    plus: 'plus',
    isKept: (spokenName) => `It goes to ${spokenName}.`,
    isNotKept: 'It is not kept.',
    instructions: 'Take messages.',
    takeTool: {
      description: 'Takes a message.',
      destination: (known) => known,
      name: 'name',
      callBack: 'number',
      text: 'message',
      unknown: (_, known) => `Choose from ${known}.`,
      isMissing: { name: 'No name.', text: 'No message.' },
      isTooLong: { name: () => 'The name is long.', text: () => 'The message is long.' },
      isNoNumber: 'No number.',
    },
    confirmTool: {
      description: 'Confirms.',
      isNone: 'There is none.',
      isNotConfirmed: 'Not confirmed.',
    },
  },
};
