/**
 * Parts of @livekit/agents that its package does not export. A workaround changes the very class that the SDK uses, so it must be
 * loaded from the SDK's own file. Called by the files beside this one.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const sdk = dirname(createRequire(import.meta.url).resolve('@livekit/agents'));

/** @param file under the SDK's `dist`, as an ES module. @throws when another version of the SDK has no such file. */
export const importOfSdk = (file: string): Promise<Record<string, unknown>> =>
  import(pathToFileURL(join(sdk, file)).href) as Promise<Record<string, unknown>>;
