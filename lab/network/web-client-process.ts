/** The process of web-client.ts: joins with a token, stays until SIGTERM, leaves. */
import { Room, dispose } from '@livekit/rtc-node';

const room = new Room();
const { LIVEKIT_URL: url, LIVEKIT_TOKEN: token } = process.env;
if (!url || !token) throw new Error('Set LIVEKIT_URL and LIVEKIT_TOKEN.');
process.once('SIGTERM', () => {
  void room
    .disconnect()
    .then(dispose)
    .then(() => process.exit(0));
});
await room.connect(url, token, { autoSubscribe: false, dynacast: false });
