/** What to show of a long output when a step fails, and what to advise. Pure. */

const tailLines = 30;

/** Returns the last lines of an output, indented. */
export function tailOf(output: string): string {
  return output
    .trimEnd()
    .split('\n')
    .slice(-tailLines)
    .map((line) => `  ${line}`)
    .join('\n');
}

const adviceByCause: [cause: RegExp, advice: string][] = [
  [/no space left on device/i, 'Free some disk space (about 3 GB are needed once) and run again.'],
  [
    /checksum mismatch|SECURITY ERROR/i,
    'What was downloaded is not what was pinned. Do not use it: check the network and GOPROXY, run `go clean -modcache`, and try again.',
  ],
  [
    /dial tcp|i\/o timeout|no such host|connection refused|TLS handshake|proxyconnect/i,
    'The Go module proxy could not be reached: check the network (and GOPROXY, if it is set) and run again.',
  ],
  [
    /pkg-config|was not found in the pkg-config search path|fatal error: .*\.h/i,
    'A C library or its header is missing: install the one named above and run again.',
  ],
  [
    /signal: killed|cannot allocate memory/i,
    'The compiler ran out of memory: it needs about 2 GB.',
  ],
];

/** Says what to do about a failed build, from what the build said. */
export function adviceFor(output: string): string {
  const known = adviceByCause.find(([cause]) => cause.test(output));
  return (
    known?.[1] ?? 'Run it again; if it fails the same way, the output above is worth a bug report.'
  );
}
