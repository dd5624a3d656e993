import { EventEmitter } from 'node:events';
import { initializeLogger, log } from '@livekit/agents';
import { afterEach, expect, test, vi } from 'vitest';
import { outliveLog, prepareLog } from './log.ts';

afterEach(() => void vi.restoreAllMocks());

/** What a new log of the SDK writes, as a job would have it. */
function written(say: () => void, prepare = prepareLog): Record<string, unknown>[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  initializeLogger({ pretty: false, level: 'debug' });
  prepare();
  say();
  vi.restoreAllMocks();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const said = { function: 'take_message', 'lk.pii.arguments': { callBack: '+12025550147' } };

test('what the SDK marks as personal is not written, neither by its log nor by children of it', () => {
  const lines = written(() => {
    log().info(said, 'Executing LLM tool call');
    log().child({ job: 1 }).debug(said);
    log().child({ job: 1 }, { level: 'debug' }).debug(said);
  });
  expect(lines.map((line) => line['lk.pii.arguments'])).toEqual(Array(3).fill('[private]'));
  expect(JSON.stringify(lines)).not.toContain('2025550147');
  expect(lines[0]).toMatchObject({ function: 'take_message', msg: 'Executing LLM tool call' });
});

test('without it, it would be written: the SDK still marks it in that way', () => {
  const lines = written(
    () => log().info(said),
    () => undefined,
  );
  expect(JSON.stringify(lines)).toContain('2025550147');
});

test('errors are written as before', () => {
  const [line] = written(() => log().error({ error: new Error('no route') }, 'it failed'));
  expect(line).toMatchObject({ msg: 'it failed', error: { message: 'no route' } });
});

test('an output that fails ends nothing', () => {
  const output = new EventEmitter();
  outliveLog([output]);
  expect(() => output.emit('error', new Error('write EPIPE'))).not.toThrow();
});
