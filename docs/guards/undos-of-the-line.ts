/** The undos of what is heard: tune, words, listening. Part of undos.ts; guard.ts says what its rows mean. */
import { type Guard, guardsOf } from './guard.ts';

export const ofTheLine: readonly Guard[] = [
  ...guardsOf('undo', 'transfer/consultation.ts', 'transfer/consultation.test.ts', [
    [
      'the watch ends when the human is about to be moved',
      'this.#unwatch(); this.#options',
      'is not told any more when the human is about to be moved',
      'this.#options',
    ],
    [
      'nothing is said to who is about to be moved',
      'hush(this.#options.session);',
      'is not told any more when the human is about to be moved',
    ],
    [
      'a join that is under way is waited for',
      'await this.#opened?.catch(() => undefined);',
      'while it is still being opened waits for that',
    ],
    [
      'the session of the consultation is closed',
      'await closeSession(this.#options.session);',
      'ends the session, leaves the room and watches no more',
    ],
    [
      'the consult room is left',
      'await leaveRoom(this.#room);',
      'ends the session, leaves the room and watches no more',
    ],
    [
      'the watch ends with the consultation',
      'this.#unwatch(); await',
      'ends the session, leaves the room and watches no more',
      'await',
    ],
  ]),
  ...guardsOf('undo', 'caller-side.ts', 'caller-side.test.ts', [
    [
      'the tune is off the line before the merge',
      'this.#hold?.silence();',
      'a line that is cleared has no tune and no words on it',
    ],
    [
      'the words are off the line before the merge',
      'hush(this.#session);',
      'a line that is cleared has no tune and no words on it',
    ],
    [
      'nobody listens from the merge on',
      'this.listen(false);',
      'a line that is cleared has no tune and no words on it',
    ],
    [
      'a caller who returns is listened to',
      'this.#session.input.setAudioEnabled(true);',
      'is again when they return, without the tune',
    ],
    [
      'a caller who returns hears no tune',
      'void this.#hold?.close(); this.#hold = undefined;',
      'is again when they return, without the tune',
    ],
    [
      'the session is closed with `transfer_completed`',
      "await closeSession(this.#session, 'transfer_completed');",
      'closes its session, says why, and takes back whatever it has published',
    ],
    [
      'nothing of ours stays published',
      'await withdrawTracks(this.#room.localParticipant);',
      'closes its session, says why, and takes back whatever it has published',
    ],
    [
      'a hold that was silenced begins anew, and the old tune is withdrawn',
      'void this.#hold?.close(); return (this.#hold = new HoldAudio(this.#room));',
      'a hold after one that was silenced has a tune of its own',
      'return (this.#hold = new HoldAudio(this.#room));',
    ],
    [
      'words of a hold that is over are said no more',
      'this.#words?.end(); this.#words = new',
      'end when another hold begins',
      'this.#words = new',
    ],
    [
      'a reminder that is not true any more is cut off',
      'this.#reminder?.interrupt(true);',
      'do not come any more when %s',
    ],
  ]),
  ...guardsOf('undo', 'call.ts', 'call.test.ts', [
    [
      'the hold of a caller needs nothing of the server any more',
      'caller.prepareHold();',
      'the track of a hold is published when the caller is greeted',
    ],
  ]),
  ...guardsOf('undo', 'hold.ts', 'hold.test.ts', [
    [
      'a source is closed once, because it takes no orders after that',
      'this.#closing ??= this.#close()',
      'closed again, as it is when another hold begins',
      'this.#closing = this.#close()',
    ],
    [
      'what was not played yet is not',
      'this.#silenced = true; this.#source.clearQueue();',
      'until it is silenced',
      'this.#silenced = true;',
    ],
    [
      'a frame that was on its way meanwhile is not played either',
      'if (!this.#closing) this.#source.clearQueue();',
      'the frame that was on its way when the queue was cleared',
    ],
    [
      'the track of the tune is withdrawn',
      'if (sid) await this.#room.localParticipant?.unpublishTrack(sid).catch(() => undefined);',
      'closed, it is silent, withdrawn and let go',
    ],
    [
      'the source of the tune is closed',
      'await this.#source.close().catch(() => undefined);',
      'closed, it is silent, withdrawn and let go',
    ],
  ]),
  ...guardsOf('undo', 'workarounds/withdraw-tracks.ts', 'workarounds/withdraw-tracks.test.ts', [
    [
      'what is published is withdrawn',
      'if (sid) await participant?.unpublishTrack(sid).catch(() => undefined);',
      'withdrawn and ended',
    ],
    [
      'no thread stays behind for a track',
      'await track?.close(false).catch(() => undefined);',
      'withdrawn and ended',
    ],
    [
      'also when the room is left with it',
      'for (const track of tracks) await end(track);',
      'ended when their room is left',
    ],
  ]),
];
