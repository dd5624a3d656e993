/**
 * Loaded into each job process before anything else: takes the types out of our files once on a machine, and not again in every
 * process. Node 22 does that with a WebAssembly program, whose start costs a process half a second and 35 MB, and its compile
 * cache does not keep the result. JavaScript, because a TypeScript file would have to be stripped first.
 * lean-processes.ts starts processes with it, and names the folder.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = new URL(import.meta.url).searchParams.get('folder') ?? '';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8');
    return { format: 'module', source: stripped(source), shortCircuit: true };
  },
});

/** The types are replaced by blanks, so lines and columns of an error are those of the file. */
function stripped(source) {
  const key = createHash('sha256').update(process.version).update(source).digest('hex');
  const file = join(folder, `${key}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const result = stripTypeScriptTypes(source);
    keep(file, result);
    return result;
  }
}

/** Written under another name first, because another process may be about to read it. A folder that takes nothing costs time only. */
function keep(file, text) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}`, text, { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
  } catch {}
}
