import { type CommandArguments, CommandFailure, type OptionSpec } from './command.js';

/** Every name that the protocol has for a class loader, by command. */
const NAMES = ['classloader', 'classLoader', 'code', 'classLoaderClass', 'classLoaderStr'];
const SUMMARY = 'Of the JVM alone; refused';

/** They are taken, so that their values are not mistaken for arguments, and `refuseLoaders` says no. */
export function loaderOptions(long: string): readonly OptionSpec[] {
  return [
    { short: 'c', long, kind: 'string', summary: SUMMARY },
    { long: 'classLoaderClass', kind: 'string', summary: SUMMARY },
  ];
}

/** @throws CommandFailure when a class loader was named */
export function refuseLoaders({ options }: Pick<CommandArguments, 'options'>): void {
  const named = NAMES.find((name) => options[name] !== undefined);
  if (named !== undefined) {
    throw ofTheJvm(named, 'Node.js has no class loaders: a module is named by its path');
  }
}

export function ofTheJvm(option: string, why: string): CommandFailure {
  return new CommandFailure(`The option '${option}' is of the JVM alone: ${why}`, -10);
}
