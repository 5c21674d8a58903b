import { join } from 'node:path';
import type { Command } from 'commander';
import { stateFolder } from '../base/index.js';
import type { ServerOptions } from '../server.js';

/** 8899 ConfigServer, 34601 Pegasus meta server, 34101 Pegasus collector. */
export const SERVER_PORTS = [8899, 34_601, 34_101];

export interface ServerFlags {
  readonly data?: string;
}

/** Adds the options that `server` and `up` share beside those of any daemon. */
export function addServerFlags(command: Command): Command {
  return command.option('--data <folder>', "where the tables are kept (default: this user's state folder)");
}

export function serverOptions(flags: ServerFlags): ServerOptions {
  return { dataFolder: flags.data ?? join(stateFolder(), 'store') };
}
