/**
 * What both ends of a call remember to address each other: tags, target, route and numbering (RFC 3261, section 12).
 *
 * Owned by PhoneCall. It builds requests and sends nothing.
 */
import {
  cseqOf,
  headerOf,
  headersOf,
  parameterOf,
  parseUri,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  uniqueToken,
  uriOf,
} from './sip-message.ts';
import type { Destination } from './sip-endpoint.ts';

export type Addressed = { request: SipRequest; to: Destination };

/** Our own place in every message. */
export type Place = { host: string; port: number; user: string };

export function contactOf({ user, host, port }: Place): string {
  return `<sip:${user}@${host}:${port}>`;
}

/** The headers that every request of a phone carries. `branch` ties the answers to it. */
export function requestHeaders(options: {
  place: Place;
  from: string;
  to: string;
  callId: string;
  cseq: number;
  method: string;
  branch?: string;
}): SipHeader[] {
  const { place, from, to, callId, cseq, method, branch = uniqueToken() } = options;
  return [
    ['Via', `SIP/2.0/UDP ${place.host}:${place.port};branch=z9hG4bK${branch};rport`],
    ['Max-Forwards', '70'],
    ['From', from],
    ['To', to],
    ['Call-ID', callId],
    ['CSeq', `${cseq} ${method}`],
    ['Contact', contactOf(place)],
    ['User-Agent', 'lab phone'],
  ];
}

/** Address parts of a list of Record-Route or Route values, which may also be joined by commas. */
function routesOf(message: SipMessage): string[] {
  return headersOf(message, 'Record-Route').flatMap((value) => value.split(/,\s*(?=<)/));
}

export class Dialog {
  readonly callId: string;
  readonly #place: Place;
  readonly #local: string;
  readonly #remote: string;
  readonly #routes: string[];
  #target: string;
  #cseq: number;

  private constructor(
    place: Place,
    message: SipMessage,
    {
      local,
      remote,
      routes,
      cseq,
    }: { local: string; remote: string; routes: string[]; cseq: number },
  ) {
    this.callId = headerOf(message, 'Call-ID');
    this.#place = place;
    this.#local = local;
    this.#remote = remote;
    this.#routes = routes;
    this.#target = uriOf(headerOf(message, 'Contact') || remote);
    this.#cseq = cseq;
  }

  /** The dialog that a 2xx to our INVITE makes. */
  static dialled(place: Place, answer: SipMessage): Dialog {
    const [local, remote] = [headerOf(answer, 'From'), headerOf(answer, 'To')];
    const routes = routesOf(answer).reverse();
    return new Dialog(place, answer, { local, remote, routes, cseq: cseqOf(answer).number });
  }

  /** The dialog that our 2xx to an INVITE makes. */
  static received(place: Place, invite: SipRequest, localTag: string): Dialog {
    const local = `${headerOf(invite, 'To')};tag=${localTag}`;
    const remote = headerOf(invite, 'From');
    return new Dialog(place, invite, { local, remote, routes: routesOf(invite), cseq: 0 });
  }

  /** A re-INVITE, or its answer, may move the other side's contact. */
  retarget(message: SipMessage): void {
    const contact = headerOf(message, 'Contact');
    if (contact) this.#target = uriOf(contact);
  }

  request(method: string, options: { headers?: SipHeader[]; body?: string } = {}): Addressed {
    this.#cseq += 1;
    return this.#addressed(method, this.#cseq, options);
  }

  /** The ACK for a 2xx: a transaction of its own, with the number of its INVITE. */
  ack(answer: SipMessage): Addressed {
    return this.#addressed('ACK', cseqOf(answer).number, {});
  }

  #addressed(
    method: string,
    cseq: number,
    { headers = [], body = '' }: { headers?: SipHeader[]; body?: string },
  ): Addressed {
    const own = requestHeaders({
      place: this.#place,
      from: this.#local,
      to: this.#remote,
      callId: this.callId,
      cseq,
      method,
    });
    const routes = this.#routes.map((route): SipHeader => ['Route', route]);
    const request: SipRequest = {
      kind: 'request',
      method,
      uri: this.#target,
      headers: [...own, ...routes, ...headers],
      body,
    };
    const { host, port } = parseUri(this.#routes[0] ? uriOf(this.#routes[0]) : this.#target);
    return { request, to: { host, port } };
  }
}

/** The user or telephone number that a header or URI names, for comparing and showing; all of it when it names none. */
export function userOf(value: string): string {
  const uri = uriOf(value);
  return /^(?:sips?:([^@;>]+)@|tel:([^;]+))/i.exec(uri)?.slice(1).find(Boolean) ?? uri;
}

export function tagOf(headerValue: string): string | undefined {
  return parameterOf(headerValue, 'tag');
}
