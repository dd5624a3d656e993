/**
 * The lab's MoveParticipant, tested in Go against a real livekit-server. The tests are lab/server/rtc/move_test.go and
 * lab/server/test/move_participant_test.go.
 */

import { expect, test } from 'vitest';
import { runGoTests } from '../lab/server/go-tests.ts';

// About 15 s when Go has compiled the tests before, and a minute or two when it has not.
const limitMs = 600_000;

test(
  'livekit-server moves participants between rooms (go test)',
  { timeout: limitMs },
  async () => {
    const { isPassed, output } = await runGoTests({
      say: (line) => void process.stdout.write(`${line}\n`),
    });
    expect(isPassed, output).toBe(true);
    // That it ran is part of it: `go test` is content when it finds nothing to run.
    expect(output).toMatch(/^--- PASS: TestMoveThereAndBack/m);
  },
);
