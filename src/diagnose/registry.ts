import type { Command } from './command.js';

/** Commands by name and alias. */
export class CommandRegistry {
  private readonly byName = new Map<string, Command>();
  /** Those whose arguments are secrets. */
  readonly secret: readonly Command[];

  /** @throws Error when two commands have the same name: that is a fault in the list. */
  constructor(readonly all: readonly Command[]) {
    this.secret = all.filter(({ isSecret }) => isSecret);
    for (const command of all) {
      for (const name of [command.name, ...(command.aliases ?? [])]) {
        if (this.byName.has(name)) throw new Error(`two commands are named '${name}'`);
        this.byName.set(name, command);
      }
    }
  }

  get names(): Iterable<string> {
    return this.byName.keys();
  }

  find(name: string): Command | undefined {
    return this.byName.get(name);
  }
}
