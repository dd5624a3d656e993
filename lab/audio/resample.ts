/**
 * One resampler and low-pass filter for the lab: a windowed sinc, computed as a bank of phases.
 *
 * Used where speech is made and where tests imitate a telephone path. Whole signals only; nothing here streams.
 */

type Bank = { phases: Float32Array[]; up: number; down: number; reach: number };
const banks = new Map<string, Bank>();

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** Blackman window at x in -1..1. */
function blackman(x: number): number {
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}

export type ResampleOptions = {
  from: number;
  to: number;
  /** The middle of the slope; half amplitude here. By default the lower of the two Nyquist frequencies. */
  cutoffHz?: number;
  /** The width of the slope; about 70 dB down at its end. By default half the cut-off. */
  slopeHz?: number;
};

function bankFor({ from, to, cutoffHz, slopeHz }: Required<ResampleOptions>): Bank {
  const key = `${from} ${to} ${cutoffHz} ${slopeHz}`;
  const known = banks.get(key);
  if (known) return known;
  const common = divisor(from, to);
  const [up, down] = [to / common, from / common];
  // A Blackman window of N taps has a slope of 5.5 / N of the sampling rate.
  const reach = Math.ceil((5.5 * from) / slopeHz / 2);
  const width = (2 * cutoffHz) / from;
  const phases = Array.from({ length: up }, (_, phase) => {
    const taps = new Float32Array(2 * reach);
    for (let tap = 0; tap < taps.length; tap += 1) {
      const t = tap - reach + 1 - phase / up;
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * width * t) / (Math.PI * width * t);
      taps[tap] = Math.abs(t) < reach ? width * sinc * blackman(t / reach) : 0;
    }
    return taps;
  });
  const bank = { phases, up, down, reach };
  banks.set(key, bank);
  return bank;
}

/** The signal at another rate, low-passed at `cutoffHz`. Delay is compensated; length scales with the rates. */
export function resample(input: Float32Array, options: ResampleOptions): Float32Array {
  const { from, to, cutoffHz = Math.min(from, to) / 2, slopeHz = cutoffHz / 2 } = options;
  const { phases, up, down, reach } = bankFor({ from, to, cutoffHz, slopeHz });
  const output = new Float32Array(Math.floor((input.length * up) / down));
  for (let i = 0; i < output.length; i += 1) {
    const position = i * down;
    const taps = phases[position % up]!;
    const first = Math.floor(position / up) - reach + 1;
    const start = Math.max(0, -first);
    const end = Math.min(taps.length, input.length - first);
    let sum = 0;
    for (let tap = start; tap < end; tap += 1) sum += taps[tap]! * input[first + tap]!;
    output[i] = sum;
  }
  return output;
}
