/** What a phone does on the wire with a partner that repeats itself, loses its ACK, transfers, or talks nonsense. */
import { expect, onTestFinished, test as base, vi } from 'vitest';
import { CodeBook } from '../audio/codes.ts';
import { Dialog, type Place, requestHeaders } from './dialog.ts';
import { PhoneExchange } from './exchange.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { Phone } from './phone.ts';
import { formatSdp } from './sdp.ts';
import { type Destination, SipEndpoint } from './sip-endpoint.ts';
import {
  formatSip,
  responseTo,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  summaryOf,
  uniqueToken,
} from './sip-message.ts';

const LIMIT_MS = 3000;

type World = {
  phone: Phone;
  partner: {
    endpoint: SipEndpoint;
    exchange: Destination;
    /** Everything on the wire at the partner: '< 200 OK (INVITE)'. */
    wire: string[];
    received: SipRequest[];
    /** Instead of 200 to everything. */
    onRequest?: (request: SipRequest) => void;
    invite: () => SipRequest;
    call: () => Promise<{ dialog: Dialog; answer: SipResponse }>;
  };
};

const test = base.extend<{ world: World }>({
  // Vitest wants the first parameter destructured, even when nothing is taken from it.
  // oxlint-disable-next-line no-empty-pattern
  world: async ({}, use) => {
    const host = '127.0.0.1';
    const exchange = await PhoneExchange.open({ host, codes: new CodeBook() });
    const phone = exchange.phone({ name: 'human', number: '+12025550102', pilot: 1 });
    const wire: string[] = [];
    const received: SipRequest[] = [];
    const endpoint = await SipEndpoint.open({
      host,
      onRequest: (request) => {
        received.push(request);
        if (partner.onRequest) partner.onRequest(request);
        else endpoint.respond(request, responseTo(request, 200));
      },
      trace: (direction, message) =>
        wire.push(`${direction === 'sent' ? '>' : '<'} ${summaryOf(message)}`),
    });
    const place: Place = { host, port: endpoint.port, user: 'partner' };
    const to = { host, port: exchange.port };
    const invite = (): SipRequest => inviteFrom(place, to);
    const call = async (): Promise<{ dialog: Dialog; answer: SipResponse }> => {
      const answer = await new Promise<SipResponse>((resolve) =>
        endpoint.request(invite(), to, (response) => {
          if (response && response.status >= 200) resolve(response);
        }),
      );
      const dialog = Dialog.dialled(place, answer);
      return { dialog, answer };
    };
    const partner: World['partner'] = { endpoint, exchange: to, wire, received, invite, call };
    await use({ phone, partner });
    await Promise.all([exchange.close(), endpoint.close()]);
  },
});

function inviteFrom(place: Place, to: Destination): SipRequest {
  const uri = `sip:+12025550102@${to.host}:${to.port}`;
  const headers = requestHeaders({
    place,
    from: `<sip:partner@${place.host}>;tag=${uniqueToken()}`,
    to: `<${uri}>`,
    callId: uniqueToken(),
    cseq: 1,
    method: 'INVITE',
  });
  const body = formatSdp({ host: place.host, port: 9, direction: 'sendrecv', version: 1 });
  return { kind: 'request', method: 'INVITE', uri, headers, body };
}

test('an INVITE that is repeated is one call, and gets the same answer', async ({ world }) => {
  const { phone, partner } = world;
  phone.whenCalled({ then: { reject: 486 } });
  const invite = partner.invite();
  partner.endpoint.send(invite, partner.exchange);
  await phone.incoming(LIMIT_MS);
  partner.endpoint.send(invite, partner.exchange);
  const refusals = (): number => partner.wire.filter((line) => line.startsWith('< 486')).length;
  // Sooner than the phone would repeat its answer by itself.
  await expect.poll(refusals, { timeout: 400 }).toBe(2);
  expect(phone.calls).toHaveLength(1);
});

test('200 is repeated until the ACK comes, and not after it', async ({ world }) => {
  const { phone, partner } = world;
  phone.whenCalled({ then: { answer: true } });
  const { dialog, answer } = await partner.call();
  const answers = (): number => partner.wire.filter((line) => line === '< 200 OK (INVITE)').length;
  await expect.poll(answers, { timeout: LIMIT_MS }).toBe(2);
  const ack = dialog.ack(answer);
  partner.endpoint.send(ack.request, ack.to);
  const marker = dialog.request('OPTIONS');
  partner.endpoint.request(marker.request, marker.to, () => {});
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(answers()).toBe(2);
  expect(partner.wire).toContain('< 200 OK (OPTIONS)');
});

test('an answer that crosses our CANCEL is taken, and ended with BYE', async ({ world }) => {
  const { phone, partner } = world;
  const ended: string[] = [];
  const answerTo = (request: SipRequest, status: number, body = ''): void =>
    partner.endpoint.respond(request, responseTo(request, status, { toTag: 'partner', body }));
  let invite: SipRequest | undefined;
  partner.onRequest = (request) => {
    if (request.method === 'INVITE') {
      invite = request;
      answerTo(request, 180);
      return;
    }
    const media = { host: '127.0.0.1', port: 9, direction: 'sendrecv', version: 1 } as const;
    if (request.method === 'CANCEL') answerTo(invite!, 200, formatSdp(media));
    else ended.push(request.method);
    answerTo(request, 200);
  };
  const call = phone.dial({ to: `sip:partner@127.0.0.1:${partner.endpoint.port}` });
  await expect.poll(() => call.state, { timeout: LIMIT_MS }).toBe('ringing');
  call.cancel();
  expect(await call.ended).toMatchObject({ by: 'us', how: 'BYE' });
  await expect.poll(() => ended, { timeout: LIMIT_MS }).toEqual(['BYE']);
  expect(partner.wire).toContain('< ACK');
});

test('a CANCEL that crosses our answer ends nothing, and an answer that nobody confirms is taken back', async ({
  world,
}) => {
  const { phone, partner } = world;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  phone.whenCalled({ then: { answer: true } });
  const invite = partner.invite();
  partner.endpoint.request(invite, partner.exchange, () => {});
  const call = (await phone.incoming(LIMIT_MS)) as IncomingCall;
  await expect.poll(() => call.state, { timeout: LIMIT_MS }).toBe('answered');
  const headers = invite.headers.map(([name, value]): SipHeader => [
    name,
    name === 'CSeq' ? value.replace('INVITE', 'CANCEL') : value,
  ]);
  const cancel: SipRequest = { ...invite, method: 'CANCEL', headers, body: '' };
  expect(call.wasCrossed).toBe(false);
  partner.endpoint.request(cancel, partner.exchange, () => {});
  await expect.poll(() => call.wasCrossed, { timeout: LIMIT_MS }).toBe(true);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(call.state).toBe('answered');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await call.ended).toMatchObject({ by: 'us', how: 'BYE' });
});

test('CANCEL waits for the first response', async ({ world }) => {
  const { phone, partner } = world;
  partner.onRequest = () => {};
  const call = phone.dial({ to: `sip:partner@127.0.0.1:${partner.endpoint.port}` });
  await expect.poll(() => partner.received.length, { timeout: LIMIT_MS }).toBe(1);
  call.cancel();
  // Its repetition shows that half a second has passed.
  await expect.poll(() => partner.wire, { timeout: LIMIT_MS }).toEqual(['< INVITE', '< INVITE']);
  partner.endpoint.respond(partner.received[0]!, responseTo(partner.received[0]!, 100));
  await expect.poll(() => partner.wire, { timeout: LIMIT_MS }).toContain('< CANCEL');
});

test('a REFER is refused unless the phone was told otherwise, then reported', async ({ world }) => {
  const { phone, partner } = world;
  phone.whenCalled({ then: { answer: true } });
  const { dialog, answer } = await partner.call();
  const ack = dialog.ack(answer);
  partner.endpoint.send(ack.request, ack.to);
  const refer = (): void => {
    const referTo: [string, string] = ['Refer-To', '<sip:+12025550109@127.0.0.1>'];
    const { request, to } = dialog.request('REFER', { headers: [referTo] });
    partner.endpoint.request(request, to, () => {});
  };
  refer();
  await expect.poll(() => partner.wire, { timeout: LIMIT_MS }).toContain('< 603 Decline (REFER)');
  phone.whenReferred({ report: 486 });
  refer();
  await expect.poll(() => partner.received.length, { timeout: LIMIT_MS }).toBe(2);
  expect(partner.wire).toContain('< 202 Accepted (REFER)');
  expect(partner.received.map(({ method, body }) => `${method} ${body.trim()}`)).toEqual([
    'NOTIFY SIP/2.0 100 Trying',
    'NOTIFY SIP/2.0 486 Busy Here',
  ]);
  expect(phone.calls[0]?.referrals.map(({ to }) => to)).toEqual(['+12025550109', '+12025550109']);
});

test('an offer without PCMU is refused, and requests for no call are told so', async ({
  world,
}) => {
  const { phone, partner } = world;
  phone.whenCalled({ then: { answer: true } });
  const invite = { ...partner.invite(), body: 'v=0\r\nm=audio 9 RTP/AVP 8\r\n' };
  partner.endpoint.request(invite, partner.exchange, () => {});
  await expect
    .poll(() => partner.wire, { timeout: LIMIT_MS })
    .toContain('< 488 Not Acceptable Here (INVITE)');
  const [line, ...rest] = formatSip(partner.invite()).split('\r\n');
  expect(line).toMatch(/^INVITE/);
  expect(rest.at(-1)).toBe('');
  const stray = { ...partner.invite(), method: 'BYE' };
  stray.headers = stray.headers.map(([name, value]) => {
    if (name === 'To') return [name, `${value};tag=nobody`];
    return [name, name === 'CSeq' ? '1 BYE' : value];
  });
  partner.endpoint.request(stray, partner.exchange, () => {});
  await expect
    .poll(() => partner.wire, { timeout: LIMIT_MS })
    .toContain('< 481 Call/Transaction Does Not Exist (BYE)');
});
