/**
 * Which numbers may be dialled at all: whatever the directory says, no foreign country by mistake, and no number that costs
 * whoever pays the trunk. Called by directory.ts for each number, at the start of the worker. Pure.
 */

/** Calling codes of one and two digits; all others have three (ITU-T E.164, list of assigned country codes). */
const shortCodes = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** Numbers at a premium, by prefix, with who says so. A directory may name more (`refused`). */
export const premiumPrefixes = [
  '+1900', // NANPA: 900 service
  '+449', // Ofcom: 09 numbers
  '+3389', // ARCEP: 089 numbers
  '+49900', // Bundesnetzagentur: (0)900
  '+43900', // RTR: (0)900, (0)901, (0)930, (0)931
  '+43901',
  '+43930',
  '+43931',
  '+41900', // BAKOM: 0900, 0901, 0906
  '+41901',
  '+41906',
  '+34803', // CNMC: 803, 806, 807
  '+34806',
  '+34807',
  '+3989', // AGCOM: 89x
  '+979', // ITU-T E.169.2: international premium rate
  '+870', // satellite telephones: Inmarsat, global mobile satellite systems
  '+881',
  '+882',
  '+883',
] as const;

export const isSipUri = (number: string) => /^sips?:/i.test(number);

/** The parts of a SIP address (RFC 3261 section 19.1.1), which LiveKit does not take as a whole. */
export function partsOfSipUri(uri: string) {
  const [, secure, user = '', host = '', parameters = ''] =
    /^sip(s?):([^@]+)@([^;]+)(.*)$/i.exec(uri) ?? [];
  const named = /;transport=(udp|tcp|tls)/i.exec(parameters)?.[1]?.toUpperCase();
  const transport = (secure ? 'TLS' : (named ?? 'AUTO')) as 'AUTO' | 'UDP' | 'TCP' | 'TLS';
  return { user, host, transport };
}

/** @returns the calling code of an E.164 number with its plus, like `+1` or `+353`. */
export function callingCodeOf(number: string): string {
  return shortCodes.exec(number)?.[0] ?? number.slice(0, 4);
}

/**
 * @param countries calling codes that may be called, like `+1`.
 * @returns why a number must not be dialled, in words that follow its name; undefined when it may be. A SIP address costs
 * nothing by the minute, so only phone numbers are refused.
 */
export function refusal(
  number: string,
  rules: { countries: readonly string[]; refused: readonly string[] },
): string | undefined {
  if (isSipUri(number)) return undefined;
  const prefix = [...premiumPrefixes, ...rules.refused].find((p) => number.startsWith(p));
  if (prefix) return `begins with ${prefix}, and such numbers are never called`;
  if (rules.countries.some((code) => number.startsWith(code))) return undefined;
  const allowed = rules.countries.join(', ');
  return `is outside of the countries that may be called (${allowed}): add ${callingCodeOf(number)} to countries, if you mean it`;
}
