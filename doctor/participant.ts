/**
 * A process that is in a room, and nothing else: move.ts starts it, says where to join, and kills it. A process of its own,
 * because rtc-node writes lines to stdout and keeps the process alive that has loaded it.
 */
import { Room } from '@livekit/rtc-node';

export type Invitation = { url: string; token: string };
/** Without a reason it is in the room. */
export type Report = { why?: string };

const report = (message: Report) => process.send?.(message);

process.once('message', ({ url, token }: Invitation) => {
  new Room().connect(url, token, { autoSubscribe: false, dynacast: false }).then(
    () => report({}),
    (error: Error) => report({ why: error.message }),
  );
});
process.once('disconnect', () => process.exit());
