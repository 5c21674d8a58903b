import type { Tool } from '@modelcontextprotocol/server';
import { type Caller, type Risk, roleForRisk, roleIncludes } from '../../base/index.js';
import type { Command, CommandArguments, OptionSpec } from '../command.js';
import { optionKey, parseArguments } from '../commandLine/parseArguments.js';
import { parseLine } from '../commandLine/parseLine.js';
import { inputSchema, type Parameter, parametersOf } from './parameters.js';
import { OUTPUT_SCHEMA } from './resultShape.js';

/** What an agent lets MCP clients do, whatever the caller's role. */
export interface ToolRights {
  /** The agent's ceiling. */
  readonly allow: readonly Risk[];
  /** `--mcp-allow-change`. */
  readonly allowChange: boolean;
}

/** May anybody here call it in its plain form? Others are not listed. */
export function isOffered(command: Command, { allow, allowChange }: ToolRights): boolean {
  return allow.includes(command.risk) && (command.risk !== 'change' || allowChange);
}

/** A command as a tool: one object gives both (DESIGN 4). */
export function toolOf(command: Command, rights: ToolRights, caller: Caller): Tool {
  const { name, summary, description, cost, risk } = command;
  const mayChange = rights.allowChange && rights.allow.includes('change');
  const varies = command.riskOf !== undefined;
  const role = roleForRisk(risk);
  const changes = risk === 'change' || (varies && mayChange);
  return {
    name,
    title: summary,
    description: [
      `${summary}. ${description ?? ''}`.trim(),
      `Cost to the process: ${cost}`,
      `Risk ${risk} (role ${role})${varies ? '; more with some arguments' : ''}.`,
    ].join('\n'),
    inputSchema: schemaFor(command, mayChange) as Tool['inputSchema'],
    outputSchema: OUTPUT_SCHEMA as unknown as Tool['outputSchema'],
    annotations: {
      readOnlyHint: risk === 'read' && !changes,
      destructiveHint: changes,
      // A change may differ the second time; to look or observe again leaves the process as it was.
      idempotentHint: !changes,
      // What a process answers is foreign text.
      openWorldHint: command.needs === 'target',
    },
    // A task outlives its request; how long a command runs depends on its arguments.
    execution: { taskSupport: 'optional' },
    _meta: {
      'remora/risk': risk,
      'remora/riskVaries': varies,
      'remora/role': role,
      'remora/mayCall': roleIncludes(caller.role, role),
      'remora/cost': cost,
      'remora/needs': command.needs,
    },
  };
}

const made = new WeakMap<Command, Map<boolean, object>>();

function schemaFor(command: Command, mayChange: boolean): object {
  const schemas = made.get(command) ?? new Map<boolean, object>();
  made.set(command, schemas);
  let schema = schemas.get(mayChange);
  if (!schema) {
    const hidden = new Set(mayChange ? [] : changingFlags(command));
    schema = inputSchema(command, hidden, examplesOf(command, hidden, mayChange));
    schemas.set(mayChange, schema);
  }
  return schema;
}

/** Flags that alone make a command one that changes something (`--unsafe`): of no use where nothing may be changed. */
function changingFlags(command: Command): OptionSpec[] {
  const { riskOf } = command;
  if (!riskOf || command.risk === 'change') return [];
  const defaults = Object.fromEntries(
    command.options.map((option) => [optionKey(option.long), option.default]),
  );
  return command.options.filter((option) => {
    if (option.kind !== 'flag') return false;
    const args: CommandArguments = {
      options: { ...defaults, [optionKey(option.long)]: true },
      positional: [],
      line: command.name,
    };
    try {
      return riskOf.call(command, args) === 'change';
    } catch {
      return false;
    }
  });
}

const MOST_EXAMPLES = 3;

/** The examples of its docs page, as inputs; not those with a pipe or a redirect, nor those that nobody may call here. */
function examplesOf(command: Command, hidden: ReadonlySet<OptionSpec>, mayChange: boolean): object[] {
  return command.examples
    .flatMap(({ line }) => {
      const { words, pipes, redirect } = parseLine(line);
      if (pipes.length > 0 || redirect) return [];
      const input = inputOf(command, words, line);
      if (!mayChange && changes(command, words, line)) return [];
      return input && ![...hidden].some((option) => nameOf(command, option) in input) ? [input] : [];
    })
    .slice(0, MOST_EXAMPLES);
}

function changes(command: Command, words: readonly string[], line: string): boolean {
  try {
    const args = parseArguments(command, words, line);
    return args !== 'help' && command.riskOf?.(args) === 'change';
  } catch {
    return false;
  }
}

function nameOf(command: Command, option: OptionSpec): string {
  return parametersOf(command).find((each) => 'option' in each && each.option === option)?.name ?? '';
}

/** The input of a tool call that does what these words do; undefined where they are no valid line. */
export function inputOf(
  command: Command,
  words: readonly string[],
  line: string,
): Record<string, unknown> | undefined {
  let args: CommandArguments | 'help';
  try {
    args = parseArguments(command, words, line);
  } catch {
    return undefined;
  }
  if (args === 'help') return undefined;
  const input: Record<string, unknown> = {};
  let at = 0;
  for (const parameter of parametersOf(command)) {
    const value = 'option' in parameter ? optionValue(parameter, args) : undefined;
    if (value !== undefined) input[parameter.name] = value;
    if ('option' in parameter) continue;
    const rest = parameter.argument.multiple ? args.positional.slice(at) : args.positional.slice(at, at + 1);
    at += rest.length;
    if (rest.length > 0) input[parameter.name] = parameter.argument.multiple ? rest : rest[0];
  }
  return input;
}

function optionValue(parameter: Parameter & { option: OptionSpec }, args: CommandArguments): unknown {
  const value = args.options[optionKey(parameter.option.long)];
  return value === parameter.option.default ? undefined : value;
}
