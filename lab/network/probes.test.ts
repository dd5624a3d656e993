/** What is read from a server's answer. */
import { expect, test } from 'vitest';
import { sipCallsIn } from './probes.ts';

test("livekit-sip's calls are counted in both directions, and none is none", () => {
  const metrics = `# TYPE livekit_sip_calls_active gauge
livekit_sip_calls_active{dir="in",node_id="N",to="a"} 2
livekit_sip_calls_active{dir="out",node_id="N",to="b"} 1
livekit_sip_calls_active_not{dir="in"} 7
livekit_sip_calls_terminated{dir="in"} 9
`;
  expect(sipCallsIn(metrics)).toBe(3);
  expect(sipCallsIn('# nothing')).toBe(0);
});
