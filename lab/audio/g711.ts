/**
 * G.711 mu-law (PCMU), both ways, by table. Used by the phones on the wire and by tests of the audio codes.
 * It leaves out A-law, which the lab never negotiates.
 */

const BIAS = 0x84;
const CLIP = 32635;

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decodeSample(byte: number): number {
  const bits = ~byte & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}

const ENCODED = Uint8Array.from({ length: 65536 }, (_, index) => encodeSample(index - 32768));
const DECODED = Int16Array.from({ length: 256 }, (_, byte) => decodeSample(byte));

/** Mu-law bytes for 16-bit samples, one byte each. */
export function encodeMuLaw(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) bytes[i] = ENCODED[samples[i]! + 32768]!;
  return bytes;
}

/** 16-bit samples for mu-law bytes. */
export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) samples[i] = DECODED[bytes[i]!]!;
  return samples;
}
