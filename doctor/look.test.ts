import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerOf, clockAhead, lookAtRooms, lookAtServer } from './look.ts';
import { requestLimitMs } from './requests.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address at which nobody listens any more. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return `127.0.0.1:${port}`;
}

test.each([
  ['ahead', -3_600],
  ['behind', 7_200],
])('a clock that is %s is told from the Date of an answer', async (_, serverAheadS) => {
  const address = await serve((_request, response) => {
    response.setHeader('Date', new Date(Date.now() + serverAheadS * 1000).toUTCString()).end();
  });
  const aheadS = await clockAhead(`ws://${address}`);
  expect(Math.abs(aheadS! + serverAheadS)).toBeLessThanOrEqual(2);
});

test('without an answer nothing is known of the clock', async () => {
  expect(await clockAhead(`ws://${await nobody()}`)).toBeUndefined();
});

describe('a receiver of messages', () => {
  /** What it said to each method, and what it was sent. */
  async function asked(statuses: Record<string, number>, headers = {}) {
    const requests: string[] = [];
    const address = await serve((request, response) => {
      let body = '';
      request.on('data', (data) => (body += data));
      request.once('end', () => {
        const signature = request.headers['webhook-signature'] ?? 'unsigned';
        requests.push([request.method, body, signature].join(' '));
        // With this a redirect could be followed.
        response.setHeader('location', '/elsewhere');
        response.writeHead(statuses[request.method!] ?? 500, headers).end();
      });
    });
    return { answer: await answerOf(`http://${address}/messages`), requests };
  }

  test.each([200, 204, 302, 401, 429, 500])(
    'is asked for its head alone when it says %i',
    async (status) => {
      const { answer, requests } = await asked({ HEAD: status });
      expect(answer).toEqual({ method: 'HEAD', status });
      expect(requests).toEqual(['HEAD  unsigned']);
    },
  );

  test.each([404, 405, 410, 501])(
    'that says %i to HEAD is sent a POST, and nothing with it',
    async (status) => {
      const { answer, requests } = await asked({ HEAD: status, POST: 401 });
      expect(answer).toEqual({ method: 'POST', status: 401 });
      expect(requests).toEqual(['HEAD  unsigned', 'POST  unsigned']);
    },
  );

  test('that says itself that it takes POST is not sent one', async () => {
    const { answer, requests } = await asked({ HEAD: 405, POST: 401 }, { allow: 'GET, POST' });
    expect(answer).toEqual({ method: 'HEAD', status: 405 });
    expect(requests).toEqual(['HEAD  unsigned']);
  });

  test('that is down is told with the reason', async () => {
    expect(await answerOf(`http://${await nobody()}`)).toEqual({
      unknown: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

/** Something at LIVEKIT_URL; `methods` are those of LiveKit's API that it knows, each with its answer. */
async function server(methods: Record<string, (response: ServerResponse) => void>) {
  const otherwise = methods['*'];
  const address = await serve((request, response) => {
    request.resume();
    const answer = methods[request.url?.split('/').at(-1) ?? ''] ?? otherwise;
    if (answer) answer(response);
    else json({})(response);
  });
  return { url: `ws://${address}`, apiKey: 'key', apiSecret: 'secret' };
}
const json =
  (body: object, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const html = (status: number) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'text/html' }).end('<p>hello</p>');
};
const hangsUp = (response: ServerResponse) => void response.socket?.destroy();
const noSip = json({ code: 'internal', msg: 'sip not connected (redis required)' }, 500);
const broken = json({ code: 'internal', msg: 'broken' }, 500);
const denied = json({ code: 'permission_denied', msg: 'permissions denied' }, 403);

describe('who answers at LIVEKIT_URL', () => {
  test.each<[string, (response: ServerResponse) => void, object]>([
    ['a page that is not there', html(404), { kind: 'otherwise', status: 404 }],
    ['a page', html(200), { kind: 'otherwise' }],
    ['data of somebody else', json([1]), { kind: 'otherwise' }],
    ['one who has no time', json({}, 429), { kind: 'otherwise', status: 429 }],
    ['a proxy without a server', html(502), { kind: 'otherwise', status: 502 }],
  ])(
    "%s: nothing else is looked at, nor is its clock taken for the server's",
    async (_, answer, access) => {
      expect(await lookAtServer(await server({ '*': answer }), 0)).toEqual({ access });
    },
  );

  test('nobody, which is told with the reason', async () => {
    const gone = { ...(await server({})), url: `ws://${await nobody()}` };
    expect(await lookAtServer(gone, 0)).toEqual({
      access: { kind: 'silent', why: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test('LiveKit, which refuses the key: then its clock tells whether that is why', async () => {
    const look = await lookAtServer(await server({ ListRooms: html(401) }), 0);
    expect(look).toEqual({ access: { kind: 'refused' }, clockAheadS: expect.any(Number) });
  });
});

describe('what cannot be found out is told, and everything else is looked at', () => {
  test.each<[string, (response: ServerResponse) => void, string]>([
    ['fails', noSip, 'status 500: sip not connected (redis required)'],
    ['is not allowed', denied, 'status 403: permissions denied'],
    ['hangs up', hangsUp, 'other side closed'],
  ])('an API for trunks that %s', async (_, answer, why) => {
    const look = await lookAtServer(
      await server({ ListSIPInboundTrunk: answer, CreateRoom: broken }),
      0,
    );
    expect(look).toMatchObject({ access: { kind: 'accepted' }, rooms: { orphans: [], unseen: 0 } });
    expect(look.sip).toEqual({ unknown: why });
  });

  test('an API for trunks that never answers', { timeout: 3 * requestLimitMs }, async () => {
    const look = await lookAtServer(
      await server({ ListSIPOutboundTrunk: () => {}, CreateRoom: broken }),
      0,
    );
    expect(look.sip).toEqual({ unknown: 'no answer in 10 s' });
    expect(look.rooms).toEqual({ orphans: [], unseen: 0 });
  });

  test('rooms that cannot be listed', async () => {
    const failing = await server({ ListRooms: denied });
    expect(await lookAtRooms({ server: failing, olderThanMs: 0, clockAheadS: 0 })).toEqual({
      unknown: 'status 403: permissions denied',
    });
  });

  test('rooms that cannot be looked into are counted, unless they are gone', async () => {
    const metadata = '{"app":"livekit-warm-transfer","kind":"call"}';
    const rooms = [{ name: 'call-1', metadata }, { name: 'call-2', metadata }, { name: 'meeting' }];
    const look = async (listParticipants: (response: ServerResponse) => void) => {
      const ListParticipants = listParticipants;
      const made = await server({ ListRooms: json({ rooms }), ListParticipants });
      return lookAtRooms({ server: made, olderThanMs: 0, clockAheadS: 0 });
    };
    expect(await look(denied)).toEqual({ orphans: [], unseen: 2 });
    expect(await look(json({ code: 'not_found', msg: 'gone' }, 404))).toEqual({
      orphans: [],
      unseen: 0,
    });
    expect(await look(json({}))).toMatchObject({
      orphans: [{ room: 'call-1' }, { room: 'call-2' }],
      unseen: 0,
    });
  });
});

test('a token is never repeated, although a server quotes it', async () => {
  const quoting = json({ code: 'unauthenticated', msg: 'invalid token: eyJ.secret' }, 401);
  const look = await lookAtServer(
    await server({ ListSIPDispatchRule: quoting, CreateRoom: broken }),
    0,
  );
  expect(look.sip).toEqual({ unknown: 'status 401' });
});
