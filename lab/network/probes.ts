/** How the lab sees that a server is ready, or has done as told: by asking it in its own protocol. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** redis answers PING. */
export function redisAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(500, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Gives redis one command whose answer is OK. @throws Error with another answer, or when there is none within 2 s. */
export function redisDoes(port: number, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.setTimeout(2_000, () => socket.destroy(new Error(`redis did not answer ${command}`)));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      const answer = data.toString().trim();
      if (answer === '+OK') resolve();
      else reject(new Error(`redis answered ${command} with ${answer}`));
    });
  });
}

/** An HTTP server answers GET with 200. */
export async function httpAnswers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
}

/** A SIP server answers OPTIONS (RFC 3261 section 11). */
export function sipAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => done(false), 300);
    const done = (answered: boolean) => {
      clearTimeout(timer);
      socket.close();
      resolve(answered);
    };
    socket.once('message', (message) => done(message.toString().startsWith('SIP/2.0')));
    socket.once('error', () => done(false));
    socket.bind(0, '127.0.0.1', () => {
      const branch = `z9hG4bK${Math.random().toString(36).slice(2)}`;
      const own = `127.0.0.1:${socket.address().port}`;
      const lines = [
        `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
        `Via: SIP/2.0/UDP ${own};branch=${branch};rport`,
        'Max-Forwards: 70',
        `From: <sip:probe@${own}>;tag=${branch}`,
        `To: <sip:127.0.0.1:${port}>`,
        `Call-ID: ${branch}@127.0.0.1`,
        'CSeq: 1 OPTIONS',
        `Contact: <sip:probe@${own}>`,
        'Content-Length: 0',
      ];
      socket.send(`${lines.join('\r\n')}\r\n\r\n`, port, '127.0.0.1');
    });
  });
}

/** How many job processes of a worker have a call, as it says itself. */
export async function jobsOf(healthPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/worker`);
  return ((await response.json()) as { active_jobs: number }).active_jobs;
}

/** Whether a worker says that it is short of processor, and declines calls for that. */
export async function isShort(healthPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/processor`);
  return ((await response.json()) as { isShort: boolean }).isShort;
}

/** How many calls livekit-sip has, in and out, as its metrics say. None is said of a kind of call that it never had. */
export async function sipCallsOf(metricsPort: number): Promise<number> {
  const signal = AbortSignal.timeout(1_000);
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal });
  return sipCallsIn(await response.text());
}

export function sipCallsIn(metrics: string): number {
  const counts = [...metrics.matchAll(/^livekit_sip_calls_active(?:\{.*\})? (\S+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** A process of this machine is there, be it ours or not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
