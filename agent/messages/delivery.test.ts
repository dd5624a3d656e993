/** Delivery to a real receiver on loopback: nothing lost, nothing sent again that was acknowledged or is under way. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeLogger, log } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { Delivery, signed } from './delivery.ts';
import { type Message, Spool } from './spool.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;
const status =
  (code: number, headers = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end();

let folder: string;
let answer: Answer;
let url: string;
/** What came in, in order. */
let requests: { headers: IncomingMessage['headers']; body: string }[];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (data: Buffer) => (body += data.toString()));
  request.on('end', () => {
    requests.push({ headers: request.headers, body });
    answer(request, response);
  });
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  requests = [];
  answer = status(204);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`;
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const delivery = () => new Delivery({ spool: new Spool(folder), webhook: { url, secret } });
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

async function leave(text = 'Please call me.'): Promise<Message> {
  const message = {
    id: randomUUID(),
    at: new Date().toISOString(),
    callId: 'AJ_1',
    destination: 'billing',
    name: 'Test Caller',
    callBack: '+12025550147',
    text,
  };
  await new Spool(folder).put(message);
  return message;
}

test('the signature is that of the example in the libraries of Standard Webhooks', () => {
  const headers = signed({
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    body: '{"test": 2432232314}',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    atMs: 1_614_265_330_000,
  });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('each message goes out once, signed, under its own id, and its file is gone', async () => {
  const messages = [await leave('one'), await leave('two')];
  const worker = delivery();
  await worker.sweep();
  pass(limits.refusedMs);
  await worker.sweep();
  expect(readdirSync(folder)).toEqual([]);
  expect(requests).toHaveLength(2);
  for (const { headers, body } of requests) {
    const { type, timestamp, data } = JSON.parse(body) as { data: Message } & Record<
      string,
      string
    >;
    expect(messages).toContainEqual(data);
    expect([type, timestamp]).toEqual(['message.left', data.at]);
    const atMs = Number(headers['webhook-timestamp']) * 1000;
    expect(headers).toMatchObject(signed({ id: data.id, body, secret, atMs }));
    expect(headers['content-type']).toBe('application/json');
  }
});

test('two workers with one folder never send the same message at the same time', async () => {
  await Promise.all(Array.from({ length: 10 }, () => leave()));
  let open = 0;
  answer = (_, response) => {
    open++;
    setTimeout(() => response.writeHead(204).end(), 20);
  };
  const workers = [delivery(), delivery(), delivery()];
  await Promise.all(workers.map((worker) => worker.sweep()));
  expect(open).toBe(10);
  expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(10);
  expect(readdirSync(folder)).toEqual([]);
});

describe('a receiver that does not acknowledge', () => {
  const stepMs = 500;

  /** How long a worker waits before each further try, found by going forward in time. */
  async function pausesMs(count: number): Promise<number[]> {
    const worker = delivery();
    await worker.sweep();
    const found: number[] = [];
    for (let tries = 1; tries <= count; tries++) {
      let pauseMs = 0;
      while (requests.length === tries && pauseMs < 2 * limits.refusedMs) {
        pass(stepMs);
        pauseMs += stepMs;
        await worker.sweep();
      }
      expect(requests).toHaveLength(tries + 1);
      found.push(pauseMs);
    }
    return found;
  }
  const doubled = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000];

  test.each<[string, Answer]>([
    ['is broken (500)', status(500)],
    ['is overloaded (429)', status(429)],
    ['hangs up after it has taken the message', (request) => request.socket.destroy()],
  ])('and %s gets the message again, after longer and longer pauses', async (_, fault) => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const message = await leave();
    answer = fault;
    expect(await pausesMs(11)).toEqual([...doubled, limits.redeliverMaxMs, limits.redeliverMaxMs]);
    expect(readdirSync(folder)).toEqual([`${message.id}.json`]);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([message.id]),
    );
  });

  test('does not get everything at the same moment: half of each pause is by chance', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await leave();
    answer = status(503);
    expect(await pausesMs(4)).toEqual([500, 1_000, 2_000, 4_000]);
  });

  test.each([302, 400, 401, 404, 410])(
    'but refuses (%i) is asked slowly, the message stays, and the log says what to do',
    async (refusal) => {
      vi.spyOn(Math, 'random').mockReturnValue(1);
      const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
      const message = await leave();
      answer = status(refusal, { location: `${url}/elsewhere` });
      expect(await pausesMs(2)).toEqual([limits.refusedMs, limits.refusedMs]);
      expect(readdirSync(folder)).toEqual([`${message.id}.json`]);
      expect(told.mock.calls[0]).toEqual([
        { message: message.id, tries: 1, againInMs: limits.refusedMs, status: refusal },
        expect.stringMatching(/is kept.+refuses.+check MESSAGE_WEBHOOK_URL and _SECRET/),
      ]);
    },
  );

  test('is not asked a second time while the first request is under way', async () => {
    await leave();
    let finish = () => {};
    answer = (_, response) => void (finish = () => response.writeHead(204).end());
    const [first, second] = [delivery(), delivery()];
    const sending = first.sweep();
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    pass(limits.webhookMs);
    await second.sweep();
    expect(requests).toHaveLength(1);
    finish();
    await sending;
    pass(limits.refusedMs);
    await second.sweep();
    expect(requests).toHaveLength(1);
  });

  test('and never answers is given up on, and asked again', async () => {
    const limit = new AbortController();
    const given = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
    const message = await leave();
    answer = () => undefined;
    const sending = delivery().sweep();
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    limit.abort();
    await sending;
    expect(given).toHaveBeenCalledWith(limits.webhookMs);
    expect(readdirSync(folder)).toEqual([`${message.id}.json`]);
  });

  test('and is there later has everything, once, also after a restart of the worker', async () => {
    await leave();
    answer = status(503);
    await delivery().sweep();
    answer = status(200);
    await leave();
    requests = [];
    // The next worker knows of no pause.
    await delivery().sweep();
    await delivery().sweep();
    expect(requests).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('what was acknowledged is not sent again, even when its file cannot be removed', async () => {
  const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
  const spool = new Spool(folder);
  vi.spyOn(spool, 'remove').mockRejectedValue(new Error('read-only file system'));
  await leave();
  const worker = new Delivery({ spool, webhook: { url, secret } });
  for (let sweep = 0; sweep < 3; sweep++) {
    await worker.sweep();
    pass(2 * limits.refusedMs);
  }
  expect(requests).toHaveLength(1);
  expect(told.mock.calls[0]?.[1]).toContain('remove it yourself');
});

test('a file that cannot be opened keeps no other from being delivered, and is told of once in a while', async () => {
  const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
  const worker = delivery();
  // First in the order of the folder.
  mkdirSync(join(folder, '00000000-0000-4000-8000-000000000000.json'));
  await leave();
  await worker.sweep();
  await worker.sweep();
  expect(requests).toHaveLength(1);
  expect(told).toHaveBeenCalledTimes(1);
  expect(told.mock.calls[0]?.[1]).toContain('its file cannot be used');
});

test('a folder that cannot be read is told once, and does not end the sweeps', async () => {
  const told = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
  const worker = delivery();
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way');
  await worker.sweep();
  await worker.sweep();
  expect(told).toHaveBeenCalledTimes(1);
  expect(told.mock.calls[0]?.[1]).toContain('mend the folder of messages (DATA_DIR)');
  rmSync(folder);
  mkdirSync(folder);
  await leave();
  await worker.sweep();
  expect(requests).toHaveLength(1);
});

test('sweeps come at once and go on, one after the other', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] });
  const worker = delivery();
  const sweep = vi.spyOn(worker, 'sweep').mockResolvedValue();
  worker.start();
  expect(sweep).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(3 * limits.sweepMs);
  expect(sweep).toHaveBeenCalledTimes(4);
});

test('the log holds no word, name or number of a caller', async () => {
  vi.useRealTimers();
  const lines: string[] = [];
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(log(), level).mockImplementation((...args: unknown[]) => {
      lines.push(JSON.stringify(args));
    });
  }
  await leave('a secret');
  for (const code of [500, 400, 200]) {
    answer = status(code);
    await delivery().sweep();
  }
  expect(lines).toHaveLength(3);
  expect(lines.join()).not.toMatch(/secret|Test Caller|2025550147/);
});
