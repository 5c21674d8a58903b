import fc from 'fast-check';
import type { Command, OptionSpec } from '../../../../src/diagnose/index.js';
import { type Parameter, parametersOf } from '../../../../src/diagnose/mcp/parameters.js';

// No word that the command line cannot say (a pipe, a redirect), see writeLine.ts.
const text = fc
  .oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('-n', '--x=1', "it's", 'a"b\\', '-5', '', '{a, b}', '#cost > 3'),
  )
  .filter((word) => !/^\||\|$|^>>?$|^&$/.test(word));

function valueFor(parameter: Parameter): fc.Arbitrary<unknown> {
  const spec = 'argument' in parameter ? parameter.argument : parameter.option;
  const one = 'argument' in parameter ? text : single(parameter.option);
  return spec.multiple ? fc.array(one, { minLength: spec.required ? 1 : 0, maxLength: 3 }) : one;
}

function single({ kind, min, max, choices }: OptionSpec): fc.Arbitrary<unknown> {
  switch (kind) {
    case 'flag':
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Math.ceil(min ?? -1000), max: Math.floor(max ?? 100_000) });
    case 'number':
      return fc.double({ min: min ?? -1000, max: max ?? 100_000, noNaN: true });
    case 'string':
      return choices ? fc.constantFrom(...choices) : text;
  }
}

/** Inputs that fit the tool: arguments without a hole, required ones always. */
export function inputs(command: Command): fc.Arbitrary<Record<string, unknown>> {
  const parameters = parametersOf(command);
  const args = parameters.filter((each) => 'argument' in each);
  const needed = args.filter(({ argument }) => argument.required).length;
  return fc.integer({ min: needed, max: args.length }).chain((count) => {
    const given = new Set(args.slice(0, count).map(({ name }) => name));
    const members = parameters.filter((each) => 'option' in each || given.has(each.name));
    return fc.record(Object.fromEntries(members.map((each) => [each.name, valueFor(each)])), {
      requiredKeys: members
        .filter((each) => ('option' in each ? each.option.required : true))
        .map(({ name }) => name),
    });
  });
}
