import { Value } from 'typebox/value';
import { type Command, type CommandArguments, CommandFailure, type OptionSpec } from '../command.js';
import { argumentsOf } from '../commandLine/parseArguments.js';
import { writeLine } from '../commandLine/writeLine.js';
import { argumentSkipped, badParameter, unknownParameter } from './errors.js';
import { mcpCallTime } from './limits.js';
import { inputSchema, type Parameter, PROCESS, parametersOf, WAIT_SECONDS } from './parameters.js';

/** A tool call's input, understood. */
export interface BoundCall {
  readonly args: CommandArguments;
  /** How it reads as a command line, for people: in the audit, and in the result. */
  readonly line: string;
  readonly process: string | undefined;
  readonly waitMs: number;
}

type Scalar = string | number | boolean;

const schemas = new WeakMap<Command, ReturnType<typeof inputSchema>>();

/**
 * Typed arguments of a tool's input. No text is quoted and taken apart again: each member goes to its option or argument,
 * through the conversions that a command line's words go through. A member that is null counts as absent; a number or a
 * boolean may come as text.
 *
 * @throws RemoraError `bad-tool-arguments` with the member, what is wrong with it, and the way out.
 */
export function bindArguments(command: Command, input: Readonly<Record<string, unknown>>): BoundCall {
  const parameters = parametersOf(command);
  const given = checked(command, parameters, input);
  const told = { values: valuesOf(parameters, given), positional: wordsOf(command, parameters, given) };
  const line = writeLine(command.name, command, told);
  const process = given.get(PROCESS);
  const seconds = given.get(WAIT_SECONDS);
  return {
    args: typed(command, told, line),
    line: command.isSecret ? `${command.name} ***` : line,
    process: process === undefined ? undefined : String(process),
    waitMs: Number(seconds ?? mcpCallTime.value) * 1000,
  };
}

/** Members by name, null ones left out, each of the type that the schema asks for. */
function checked(
  command: Command,
  parameters: readonly Parameter[],
  input: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, unknown> {
  let schema = schemas.get(command);
  if (!schema) {
    schema = inputSchema(command, new Set(), []);
    schemas.set(command, schema);
  }
  const members = (schema as { properties?: Record<string, Member> }).properties ?? {};
  const given = new Map<string, unknown>();
  for (const [name, value] of Object.entries(input)) {
    if (!Object.hasOwn(members, name)) throw unknownParameter(command.name, name, Object.keys(members));
    if (value !== null && value !== undefined) given.set(name, lenient(value, members[name]));
  }
  const shape = Object.fromEntries(given);
  if (!Value.Check(schema, shape)) {
    const [first] = Value.Errors(schema, shape);
    const name = first?.instancePath.split('/')[1] ?? '';
    const missing = parameters.find((each) => isRequired(each) && !given.has(each.name));
    if (missing && name === '') throw badParameter(command.name, missing.name, 'is required');
    throw badParameter(
      command.name,
      name,
      `${first?.message ?? 'does not fit'}${command.isSecret ? '' : shown(given.get(name))}`,
    );
  }
  return given;
}

function isRequired(parameter: Parameter): boolean {
  return 'option' in parameter ? parameter.option.required === true : parameter.argument.required;
}

interface Member {
  readonly type?: string;
  readonly items?: Member;
}

/** Models write numbers as texts, texts as numbers, and one item for a list of one. */
function lenient(value: unknown, { type, items }: Member = {}): unknown {
  if (type === 'array') {
    return (Array.isArray(value) ? value : [value]).map((item) => lenient(item, items));
  }
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (typeof value !== 'string') return value;
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  if ((type === 'integer' || type === 'number') && NUMBER.test(value)) return Number(value);
  return value;
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

function shown(value: unknown): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value) ?? '';
  return `, not ${text.length > 80 ? `${text.slice(0, 80)}...` : text}`;
}

function valuesOf(
  parameters: readonly Parameter[],
  given: ReadonlyMap<string, unknown>,
): ReadonlyMap<OptionSpec, string[]> {
  const values = new Map<OptionSpec, string[]>();
  for (const parameter of parameters) {
    const value = given.get(parameter.name);
    if (!('option' in parameter) || value === undefined) continue;
    const { option } = parameter;
    if (option.kind === 'flag' && value !== true) continue;
    const texts = (Array.isArray(value) ? value : [value]).map((each: Scalar) => String(each));
    if (texts.length > 0) values.set(option, texts);
  }
  return values;
}

/** In order and without holes: what stands before one that was given has a default, or must be given too. */
function wordsOf(
  command: Command,
  parameters: readonly Parameter[],
  given: ReadonlyMap<string, unknown>,
): string[] {
  const args = parameters.filter((each) => 'argument' in each);
  const last = args.findLastIndex(({ name }) => given.has(name));
  return args.slice(0, last + 1).flatMap(({ name, argument }) => {
    const value = given.get(name) ?? argument.default;
    if (value === undefined) throw argumentSkipped(command.name, name, args[last]?.name ?? '');
    return Array.isArray(value) ? value.map(String) : [String(value)];
  });
}

function typed(command: Command, told: Parameters<typeof argumentsOf>[1], line: string): CommandArguments {
  try {
    return argumentsOf(command, told, line);
  } catch (error) {
    if (error instanceof CommandFailure) throw badParameter(command.name, '', `do not fit: ${error.message}`);
    throw error;
  }
}
