import { type TSchema, Type } from 'typebox';
import type { ArgumentSpec, Command, OptionSpec } from '../command.js';
import { optionKey } from '../commandLine/parseArguments.js';
import { mcpCallTime, mcpCallTimeMost } from './limits.js';

/** A member of a tool's input: an option or an argument of the command behind it. */
export type Parameter =
  | { readonly name: string; readonly option: OptionSpec }
  | { readonly name: string; readonly argument: ArgumentSpec };

/** Of the call, not of the command. */
export const PROCESS = 'process';
export const WAIT_SECONDS = 'waitSeconds';
const OWN: readonly string[] = [PROCESS, WAIT_SECONDS];

/** Arguments in their order, then options. Names are camel-cased: `class-pattern` → `classPattern`. */
export function parametersOf(command: Command): readonly Parameter[] {
  const taken = new Set(OWN);
  const name = (text: string, kind: string): string => {
    const plain = optionKey(text).replace(/[^\w]/g, '_');
    const free = taken.has(plain) ? `${plain}${kind}` : plain;
    taken.add(free);
    return free;
  };
  // Options first: theirs are the names that people know from the command line.
  const options = command.options.map((option) => ({ name: name(option.long, 'Option'), option }));
  const args = command.args.map((argument) => ({ name: name(argument.name, 'Argument'), argument }));
  return [...args, ...options];
}

/**
 * The JSON Schema of a tool's input. `hidden`: options that are left out, since nobody may use them here. `examples`:
 * inputs that fit.
 */
export function inputSchema(
  command: Command,
  hidden: ReadonlySet<OptionSpec>,
  examples: readonly object[],
): TSchema {
  const members: Record<string, TSchema> = {};
  for (const parameter of parametersOf(command)) {
    if ('option' in parameter && hidden.has(parameter.option)) continue;
    const required = 'option' in parameter ? parameter.option.required : parameter.argument.required;
    const schema = schemaOf(parameter);
    members[parameter.name] = required ? schema : Type.Optional(schema);
  }
  members[PROCESS] = Type.Optional(Type.String({ minLength: 1, description: PROCESS_SUMMARY }));
  if (command.needs === 'target') {
    members[WAIT_SECONDS] = Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: mcpCallTimeMost.value,
        default: mcpCallTime.value,
        description:
          'Seconds that this call waits; then the command is ended, and what was seen until then is the answer',
      }),
    );
  }
  return Type.Object(members, {
    additionalProperties: false,
    ...(examples.length > 0 ? { examples: [...examples] } : {}),
  });
}

const PROCESS_SUMMARY =
  'Which process: pid, name, name#2 or container id, as the tool `ps` lists them; may be left out where there is only one';

function schemaOf(parameter: Parameter): TSchema {
  if ('option' in parameter) return optionSchema(parameter.option);
  const { summary: description, multiple, required, default: fallback } = parameter.argument;
  if (multiple) return Type.Array(Type.String(), { description, ...(required ? { minItems: 1 } : {}) });
  return Type.String({ description, ...(fallback === undefined ? {} : { default: fallback }) });
}

function optionSchema(option: OptionSpec): TSchema {
  const { summary: description, min: minimum, max: maximum, multiple, kind } = option;
  const about: { description: string; default?: string | number | boolean } = {
    description,
    ...(option.default === undefined ? {} : { default: option.default }),
  };
  const bounds = {
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
  const single = (more: { description?: string }): TSchema => {
    switch (kind) {
      case 'flag':
      case 'boolean':
        return Type.Boolean(more);
      case 'integer':
        return Type.Integer({ ...bounds, ...more });
      case 'number':
        return Type.Number({ ...bounds, ...more });
      case 'string':
        return option.choices
          ? Type.Unsafe<string>({ ...more, type: 'string', enum: [...option.choices] })
          : Type.String(more);
    }
  };
  if (kind === 'flag') return Type.Boolean({ description, default: false });
  if (!multiple) return single(about);
  return Type.Array(single({}), { ...about, ...(option.required ? { minItems: 1 } : {}) });
}
