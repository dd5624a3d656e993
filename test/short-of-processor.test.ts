/**
 * A worker that has too little processor says so and declines calls, whose callers are not left to the ringing, and takes calls
 * again when it has enough. The worker is starved on purpose, and for as long as that takes.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { Lab } from '../lab/network/lab.ts';
import { starve } from '../lab/network/starve.ts';
import { usualScript } from '../lab/scenarios/scenario.ts';
import { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';

/** From the first ringing: what `unansweredMs` of agent/limits.ts promises, and a look or two of the guardian. */
const ringsMs = { least: 24_000, most: 29_500 };
/** A minute has fifteen looks at the processor, of which four decide. */
const limitMs = 60_000;
const quarterOfAProcessor = 3;

let lab: Lab;
let stop: (() => void) | undefined;
beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);
afterEach(() => {
  stop?.();
  stop = undefined;
});
afterAll(() => lab?.stop());

const said = (words: string) => lab.workerLines.some((line) => line.includes(words));
const isSaid = (words: string) => vi.waitFor(() => expect(said(words)).toBe(true), limitMs);
const page = async () =>
  (await fetch(`http://127.0.0.1:${lab.ports.health}/processor`)).json() as Promise<object>;

describe.runIf(process.platform === 'linux')('a worker with a quarter of a processor', () => {
  test('says so, declines a call, which ends as busy, and takes the next one when it has enough', async () => {
    stop = starve(lab.processes.pidOf('worker')!, quarterOfAProcessor);
    await isSaid('this worker is short of processor');
    expect(await page()).toMatchObject({ isShort: true, declined: 0 });

    const declined = lab.phones.caller.dial({ to: lab.sipAddress, ...lab.sipUser });
    await isSaid('a call is declined: this worker is short of processor');
    stop();
    stop = undefined;
    await isSaid('this worker has enough processor again');
    expect(await page()).toMatchObject({ isShort: false, since: null, declined: 1 });
    expect(await declined.ended).toMatchObject({ by: 'them', how: 'rejected', status: 486 });
    const rangMs = declined.endedAtMs! - declined.ringingAtMs!;
    expect(rangMs).toBeGreaterThan(ringsMs.least);
    expect(rangMs).toBeLessThan(ringsMs.most);
    expect(said('nobody has answered it')).toBe(true);

    const stage = new Stage(lab);
    const call = await stage.callerIsGreeted();
    call.hangUp();
    await stage.until((event) => event.type === 'callEnded', 'its end');
    stage.close();
  });
});
