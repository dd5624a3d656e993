import { expect, test } from 'vitest';
import { setEnvLine } from './env-file.ts';

test.each([
  ['an empty file', '', 'ID=ST_new\n'],
  ['a file without the line', 'A=1\nB="two words"\n', 'A=1\nB="two words"\nID=ST_new\n'],
  ['a last line without its end', 'A=1', 'A=1\nID=ST_new\n'],
  ['the line in the middle', '# mine\nID=ST_old\n\nB=2\n', '# mine\nID=ST_new\n\nB=2\n'],
  ['the line empty', 'ID=\nB=2\n', 'ID=ST_new\nB=2\n'],
  ['the line with quotes and a remark', "ID='ST_old' # note\n", 'ID=ST_new\n'],
  ['the line twice', 'ID=a\nB=2\nID=b\n', 'ID=ST_new\nB=2\nID=ST_new\n'],
  ['an exported line', 'export ID=ST_old\n', 'export ID=ST_new\n'],
  ['line ends of Windows', 'A=1\r\nID=ST_old\r\nB=2', 'A=1\r\nID=ST_new\r\nB=2'],
  ['line ends of Windows, without the line', 'A=1\r\n', 'A=1\r\nID=ST_new\r\n'],
  ['a commented line', '# ID=ST_old\n', '# ID=ST_old\nID=ST_new\n'],
  ['names that contain the name', 'MY_ID=1\nID_2=2\n', 'MY_ID=1\nID_2=2\nID=ST_new\n'],
])('%s', (_title, before, after) => {
  expect(setEnvLine(before, 'ID', 'ST_new')).toBe(after);
  expect(setEnvLine(after, 'ID', 'ST_new')).toBe(after);
});

test('a value that would need quotes is refused', () => {
  expect(() => setEnvLine('', 'ID', 'two words')).toThrow('ID cannot be written unquoted');
});
