/** LiveKit Cloud, as the SDK knows it by its name: there it has other regions to go to. */
import { afterEach, expect, test, vi } from 'vitest';
import { ServerApi } from './server-api.ts';

afterEach(() => void vi.unstubAllGlobals());

test('what may not be repeated is asked once there too, and not in another region', async () => {
  const regions = {
    regions: [{ region: 'other', url: 'https://other.livekit.cloud', distance: '1' }],
  };
  const fetched = vi.fn((url: URL | string) =>
    Promise.resolve(
      String(url).endsWith('/settings/regions')
        ? Response.json(regions)
        : Response.json({}, { status: 503 }),
    ),
  );
  vi.stubGlobal('fetch', fetched);
  const cloud = { url: 'wss://project.livekit.cloud', apiKey: 'key', apiSecret: 'secret' };
  const { dispatches, rooms, sip } = new ServerApi(cloud);
  await expect(dispatches.createDispatch('call-1', 'support-agent')).rejects.toThrow();
  await expect(rooms.moveParticipant('consult-1', 'human', 'call-1')).rejects.toThrow();
  await expect(sip.createSipParticipant('ST_1', '+12025550123', 'consult-1')).rejects.toThrow();
  expect(fetched).toHaveBeenCalledTimes(3);
});
