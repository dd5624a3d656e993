/** How the doctor asks a LiveKit server, and how it tells what came of it. */
import { RoomServiceClient, ServerError, SipClient } from 'livekit-server-sdk';
import type { Access, Server } from './seen.ts';

/** For each request. */
export const requestLimitMs = 10_000;

export function clientsOf({ url, apiKey, apiSecret }: Server) {
  // Failover is off as it is in the application; with it the SDK also prints lines of its own.
  const options = { requestTimeout: requestLimitMs / 1000, failover: false };
  return {
    rooms: new RoomServiceClient(url, apiKey, apiSecret, options),
    sip: new SipClient(url, apiKey, apiSecret, options),
  };
}

/** What a failed first request says of the server. */
export function accessAfter(error: unknown): Access {
  if (error instanceof ServerError) {
    const { status } = error;
    return [401, 403].includes(status) ? { kind: 'refused' } : { kind: 'otherwise', status };
  }
  // fetch rejects with these two when there was no answer. Anything else is an answer that could not be read.
  const isSilent = ['TypeError', 'TimeoutError'].includes((error as Error).name);
  return isSilent ? { kind: 'silent', why: reasonOf(error) } : { kind: 'otherwise' };
}

/** Why a request failed, in a few words. Those of a server only with LiveKit's own errors: a refusal quotes the token. */
export function reasonOf(error: unknown): string {
  if (error instanceof ServerError) {
    const { status, code, message } = error;
    const isQuotable = code !== undefined && status !== 401;
    return `status ${status}${isQuotable ? `: ${message.slice(0, 120)}` : ''}`;
  }
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer in ${requestLimitMs / 1000} s`;
  // The message of a cause may be empty, when several addresses were tried.
  return cause?.message || cause?.code || message;
}
