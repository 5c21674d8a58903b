import type { ArgumentSpec, Command, OptionSpec, Result } from './command.js';

/** The `help` result of one command, wire/arthas.md 3.1 `detailCommand`. */
export function commandHelp(command: Command): Result {
  return {
    type: 'help',
    detailCommand: {
      ...listEntry(command),
      usage: usageLine(command),
      description: descriptionText(command),
      options: [
        { shortName: 'h', longName: 'help', description: 'Show this help', acceptValue: false },
        ...command.options.map(optionEntry),
      ],
      arguments: command.args.map((arg) => ({
        argName: arg.name,
        required: arg.required,
        multiValued: arg.multiple === true,
      })),
    },
  };
}

/** The `help` result that lists all commands. */
export function commandList(commands: readonly Command[]): Result {
  return {
    type: 'help',
    commands: commands.map((command) => ({ ...listEntry(command), options: [], arguments: [] })),
  };
}

/** `watch [-h] [-n <value>] module method [express]`. */
export function usageLine(command: Command): string {
  return [command.name, '[-h]', ...command.options.map(optionUsage), ...command.args.map(argumentUsage)].join(
    ' ',
  );
}

function listEntry({ name, summary }: Command): { name: string; summary: string } {
  return { name, summary };
}

function optionEntry(option: OptionSpec) {
  return {
    shortName: option.short,
    longName: option.long,
    description: `${option.summary}${boundsText(option)}`,
    acceptValue: option.kind !== 'flag',
  };
}

/** ` (1 to 256; 50 without it)`. */
function boundsText({ min, max, choices, default: fallback }: OptionSpec): string {
  const parts = [
    choices?.join(', '),
    min !== undefined && max !== undefined ? `${min} to ${max}` : undefined,
    min !== undefined && max === undefined ? `at least ${min}` : undefined,
    min === undefined && max !== undefined ? `at most ${max}` : undefined,
    fallback === undefined ? undefined : `${fallback} without it`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

function optionUsage(option: OptionSpec): string {
  const name = option.short ? `-${option.short}` : `--${option.long}`;
  const text = option.kind === 'flag' ? name : `${name} <value>`;
  return option.required ? text : `[${text}]`;
}

function argumentUsage(arg: ArgumentSpec): string {
  const text = arg.multiple ? `${arg.name}...` : arg.name;
  return arg.required ? text : `[${text}]`;
}

function descriptionText(command: Command): string {
  const aliases = command.aliases?.length ? [`Also: ${command.aliases.join(', ')}`] : [];
  const examples = command.examples.map(({ line, shows }) => `  ${line}\n    ${shows}`);
  return [
    command.description ?? command.summary,
    ...aliases,
    ...(examples.length ? ['Examples:', ...examples] : []),
  ].join('\n');
}
