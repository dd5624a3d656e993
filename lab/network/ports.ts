/**
 * A block of ports for each lab, so that two labs can run at once. The block's first port is kept open as long as
 * the lab lives: whoever cannot open it takes the next block. All blocks lie below the range that systems hand out.
 */
import { createSocket } from 'node:dgram';
import { type Server, createServer } from 'node:net';

const firstPort = 20_000;
const blockSize = 500;
const blocks = 24;

export type Ports = {
  redis: number;
  livekit: number;
  webrtc: number;
  /** Nothing listens here: the address that keeps WebRTC clients from asking public STUN servers. */
  stun: number;
  sip: number;
  health: number;
  /** Of a second worker. */
  secondHealth: number;
  /** Where a worker may take LiveKit's webhooks. */
  webhook: number;
  /** Where livekit-sip may tell how many calls it has. */
  sipMetrics: number;
  /** A SIP phone that is not ours. It takes the port after `sip` too. */
  baresip: { sip: number; control: number; rtp: readonly [number, number] };
  /** First and last, for livekit-sip's media. */
  rtp: readonly [number, number];
};

/**
 * Takes a free block.
 * @returns its ports, and the function that gives it back.
 * @throws Error when all 24 blocks are taken.
 */
export async function takePorts(): Promise<Ports & { release: () => void }> {
  for (let block = 0; block < blocks; block++) {
    const base = firstPort + block * blockSize;
    const lock = await open(base);
    if (!lock) continue;
    if (!(await isUnused(base))) {
      // A lab that was killed may have left a server behind; ours must not take its answers for its own.
      lock.close();
      continue;
    }
    return {
      redis: base + 1,
      livekit: base + 2,
      webrtc: base + 3,
      stun: base + 4,
      sip: base + 5,
      health: base + 6,
      secondHealth: base + 7,
      webhook: base + 8,
      sipMetrics: base + 9,
      baresip: { sip: base + 10, control: base + 12, rtp: [base + 14, base + 49] },
      rtp: [base + 50, base + blockSize - 1],
      release: () => lock.close(),
    };
  }
  throw new Error(
    `All ${blocks} port blocks from ${firstPort} are taken: end a lab that was left running.`,
  );
}

/** Whether nothing listens where the servers of a lab will. */
async function isUnused(base: number): Promise<boolean> {
  const [redis, livekit, webrtc, sip, health] = [1, 2, 3, 5, 6].map((offset) => base + offset);
  const opened = [await open(redis!), await open(livekit!), await open(health!)];
  opened.forEach((server) => server?.close());
  const bound = [await canBind(webrtc!), await canBind(sip!)];
  return opened.every((server) => server !== undefined) && bound.every(Boolean);
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

function open(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
