/**
 * The versions of the two servers that the lab builds, with their checksums. go-module.ts compares them with what it downloads;
 * each module's own go.sum pins the rest. To move to another version, change it here, run `pnpm test`, and put the checksum that
 * the error message names, after comparing it with https://sum.golang.org/lookup/<path>@<version>.
 */

export interface GoModule {
  path: string;
  version: string;
  /** The module's checksum in go.sum notation. */
  sum: string;
}

export const livekitServer: GoModule = {
  path: 'github.com/livekit/livekit-server',
  version: 'v1.13.11',
  sum: 'h1:fEdl4ckEaALzraIYwGstHPmGbUcypPrWH0qNiHADC9A=',
};

export const livekitSip: GoModule = {
  path: 'github.com/livekit/sip',
  version: 'v1.8.0',
  sum: 'h1:XfUeEtA1MRaQKmesYskNd2xjDWG9bdBHhDB1vU2kMWg=',
};

/** What both modules' go.mod ask for. */
export const goVersionNeeded = { major: 1, minor: 26 };
