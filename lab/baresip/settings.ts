/**
 * The configuration of one baresip: everything on loopback, nothing registered, audio from and to files.
 *
 * Used by baresip-phone.ts. Written for baresip 1.0.0. Pure, except that it looks for baresip's modules.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type BaresipPorts = {
  /** SIP; the port after it is taken too, for TLS. */
  sip: number;
  control: number;
  /** First and last. */
  rtp: readonly [number, number];
  /** Where nothing listens: baresip asks no name server outside. */
  dns: number;
};

/** The text of its `config` file. `source` is what it plays from the start, `dumps` the folder for what it hears. */
export function baresipConfig(options: {
  modules: string;
  ports: BaresipPorts;
  source: string;
  dumps: string;
}): string {
  const { modules, ports, source, dumps } = options;
  return [
    `sip_listen 127.0.0.1:${ports.sip}`,
    'net_interface 127.0.0.1',
    `dns_server 127.0.0.1:${ports.dns}`,
    `rtp_ports ${ports.rtp[0]}-${ports.rtp[1]}`,
    `ctrl_tcp_listen 127.0.0.1:${ports.control}`,
    `audio_source aufile,${source}`,
    // A player must be there for anything to be decoded; this one plays to nobody.
    'audio_player aubridge,ear',
    'audio_alert aubridge,alert',
    // What arrives is decoded at once, so that it is heard when it came.
    'jitter_buffer_delay 0-0',
    `snd_path ${dumps}`,
    'ringback_disabled yes',
    'statmode_default off',
    `module_path ${modules}`,
    ...['g711', 'sndfile', 'aufile', 'aubridge'].map((name) => `module ${name}.so`),
    'module_tmp account.so',
    ...['menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so`),
    '',
  ].join('\n');
}

/** The text of its `accounts` file: one account that dials, with a password, and is not registered anywhere. */
export function baresipAccount(options: {
  name: string;
  number: string;
  sipPort: number;
  username: string;
  password: string;
}): string {
  const { name, number, sipPort, username, password } = options;
  const address = `"${name}" <sip:${number}@127.0.0.1:${sipPort}>`;
  return `${address};auth_user=${username};auth_pass=${password};regint=0;audio_codecs=PCMU\n`;
}

/** The folder with baresip's modules, which a configuration has to name. Throws when it is in none of the usual places. */
export function findModules(program: string): string {
  const prefix = join(dirname(realpathSync(program)), '..');
  const folders = ['lib', 'lib64'].map((lib) => join(prefix, lib, 'baresip', 'modules'));
  const found = folders.find((folder) => existsSync(join(folder, 'g711.so')));
  if (!found) {
    throw new Error(
      `baresip has no modules in ${folders.join(' or ')}. Install all of baresip, not the program alone.`,
    );
  }
  return found;
}
