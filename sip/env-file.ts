/**
 * Changes one line of an env file and nothing else. Called by setup.ts. It does not parse values: dotenv does that.
 */

/**
 * The text of an env file with `name` set to `value`. Every line that sets `name` is replaced where it stands (dotenv
 * takes the last one, people read the first); a commented line is left alone; without any, one is added at the end.
 * Line endings and all other lines stay as they are.
 *
 * @param value must not need quoting: letters, digits, `_`, `-`, `.` and `:`; anything else throws.
 */
export function setEnvLine(text: string, name: string, value: string): string {
  if (!/^[\w.:-]+$/.test(value)) throw new Error(`${name} cannot be written unquoted: ${value}`);
  const line = new RegExp(`^([ \\t]*(?:export[ \\t]+)?)${name}[ \\t]*=.*$`, 'gm');
  const set = `${name}=${value}`;
  if (line.test(text)) return text.replace(line, (_match, lead: string) => lead + set);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : newline;
  return `${text}${gap}${set}${newline}`;
}
