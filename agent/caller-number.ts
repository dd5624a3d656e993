/** Whose number calls: read from the SIP From header, which sip/inbound-trunk.json hands to the call room as an attribute. */

/** The name in `headers_to_attributes` of the inbound trunk. */
const attribute = 'caller.from';

/**
 * @param attributes of the caller's participant.
 * @returns the number, or undefined when it is withheld (RFC 3323: anonymous), no number, or not handed over by the trunk.
 */
export function callerNumber(attributes: Readonly<Record<string, string>>): string | undefined {
  const user = /(?:sips?|tel):([^@;>]+)/i.exec(attributes[attribute] ?? '')?.[1];
  return user && /^\+?\d{7,15}$/.test(user) ? user : undefined;
}
