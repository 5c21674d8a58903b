import type { Command } from './command.js';
import { usageLine } from './commandHelp.js';
import { COMMANDS } from './commands/index.js';

/** A command as the docs generator wants it: data only. */
export type CatalogueEntry = Omit<Command, 'run' | 'render' | 'riskOf'> & {
  readonly usage: string;
  /** Its risk depends on the arguments; `risk` is that of the plain form. */
  readonly riskVaries: boolean;
};

/** All commands, for docs, OpenAPI and tool schemas. */
export function commandCatalogue(commands: readonly Command[] = COMMANDS): CatalogueEntry[] {
  return commands.map(({ run: _run, render: _render, riskOf, ...data }) => ({
    ...data,
    usage: usageLine({ ...data, run: _run, render: _render }),
    riskVaries: riskOf !== undefined,
  }));
}
