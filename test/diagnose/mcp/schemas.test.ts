/** Every command as a tool: its schema is valid, and what fits it is what the command line would have come to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv } from '@modelcontextprotocol/client/validators/ajv';
import fc from 'fast-check';
import type { Caller, RemoraError } from '../../../src/base/index.js';
import { parseArguments } from '../../../src/diagnose/commandLine/parseArguments.js';
import { parseLine } from '../../../src/diagnose/commandLine/parseLine.js';
import { COMMANDS, type Command } from '../../../src/diagnose/index.js';
import { bindArguments } from '../../../src/diagnose/mcp/bindArguments.js';
import { parametersOf } from '../../../src/diagnose/mcp/parameters.js';
import { toolsOfPrompts } from '../../../src/diagnose/mcp/prompts.js';
import { inputOf, toolOf } from '../../../src/diagnose/mcp/tool.js';
import { TEST_COMMANDS } from '../support/commands.js';
import { inputs } from './support/inputs.js';

const ADMIN: Caller = { kind: 'token', user: 'anna', role: 'admin', address: 'x' };
const ALL = { allow: ['read', 'observe', 'change'], allowChange: true } as const;
const READ = { allow: ['read', 'observe'], allowChange: false } as const;

/** What a command could have: every kind of option, names that collide, several actions. */
const STRUCTURES: Command = {
  name: 'structures',
  summary: 'Has everything',
  examples: [{ line: 'structures --action=dump a b c --tag x --tag y -1', shows: 'x' }],
  options: [
    {
      short: 'a',
      long: 'action',
      kind: 'string',
      choices: ['start', 'dump'],
      required: true,
      summary: 'What',
    },
    { long: 'tag', kind: 'string', multiple: true, summary: 'Tags' },
    { long: 'size', kind: 'integer', multiple: true, min: 1, max: 9, summary: 'Sizes' },
    { long: 'ratio', kind: 'number', min: 0, default: 0.5, summary: 'A ratio' },
    { long: 'line-number', kind: 'boolean', default: true, summary: 'Lines' },
    { short: 'h', long: 'hot', kind: 'flag', summary: 'Hot' },
    { long: 'process', kind: 'string', summary: 'Not the process of the call' },
    { long: 'name', kind: 'string', summary: 'A name' },
  ],
  args: [
    { name: 'name', required: true, summary: 'A name too' },
    { name: 'second', required: false, default: 'dflt', summary: 'In the middle' },
    { name: 'rest', required: false, multiple: true, summary: 'All others' },
  ],
  needs: 'target',
  risk: 'read',
  riskOf: ({ options }) => (options.hot === true ? 'change' : 'read'),
  results: [],
  cost: 'None.',
  *run() {},
  render: () => undefined,
};
const ALL_COMMANDS = [...COMMANDS, ...TEST_COMMANDS, STRUCTURES];

describe('MCP: commands as tools', () => {
  for (const command of ALL_COMMANDS) {
    it(`${command.name}: its schema, its examples, and the way to the command line and back`, () => {
      for (const rights of [ALL, READ]) {
        const { inputSchema, outputSchema, name } = toolOf(command, rights, ADMIN);
        assert.match(name, /^[\w.-]{1,64}$/);
        const ajv = new Ajv({ strict: true, allErrors: true });
        const validate = ajv.compile(inputSchema as object);
        ajv.compile(outputSchema as object);
        for (const example of (inputSchema as { examples?: object[] }).examples ?? []) {
          assert.ok(validate(example), JSON.stringify([example, validate.errors]));
          bindArguments(command, example as Record<string, unknown>);
        }
      }
      const { inputSchema } = toolOf(command, ALL, ADMIN);
      const validate = new Ajv().compile(inputSchema as object);
      fc.assert(
        fc.property(inputs(command), (input) => {
          assert.ok(validate(input), JSON.stringify(validate.errors));
          const { args } = bindArguments(command, input);
          const { line } = args;
          const { words, pipes, redirect, background, name } = parseLine(line);
          assert.deepEqual([name, pipes, redirect, background], [command.name, [], undefined, false], line);
          const parsed = parseArguments(command, words, line);
          assert.deepEqual(parsed, args, line);
          // And back to an input that means the same.
          const again = inputOf(command, words, line);
          assert.ok(again, line);
          assert.deepEqual({ ...bindArguments(command, again).args, line }, args, line);
        }),
        { numRuns: 25, seed: 5 },
      );
    });
  }

  it('refuses what does not fit, with the parameter and the way out; nothing else is thrown', () => {
    const wrong: [input: Record<string, unknown>, says: RegExp][] = [
      [{}, /structures: nameArgument is required/],
      [{ nameArgument: 'x' }, /action is required/],
      [
        { nameArgument: 'x', action: 'stop' },
        /action must be equal to one of the allowed values, not "stop"/,
      ],
      [{ nameArgument: 'x', action: 'dump', size: [0] }, /size must be >= 1, not \[0\]/],
      [{ nameArgument: 'x', action: 'dump', size: [1.5] }, /size must be integer/],
      [{ nameArgument: 'x', action: 'dump', ratio: 'much' }, /ratio must be number, not "much"/],
      [{ nameArgument: {}, action: 'dump' }, /nameArgument must be string, not \{\}/],
      [
        { nameArgument: 'x', action: 'dump', tags: ['x'] },
        /has no parameter 'tags'.*It takes nameArgument, second, /,
      ],
      [{ nameArgument: 'x', action: 'dump', waitSeconds: 0 }, /waitSeconds must be > 0/],
      [{ nameArgument: 'x', action: 'dump', waitSeconds: 601 }, /waitSeconds must be <= 600/],
    ];
    for (const [input, says] of wrong) {
      assert.throws(
        () => bindArguments(STRUCTURES, input),
        (error) => says.test((error as RemoraError).text),
        JSON.stringify(input),
      );
    }
    const watch = COMMANDS.find(({ name }) => name === 'stack') as Command;
    assert.throws(
      () => bindArguments(watch, { classPattern: 'x', conditionExpress: 'true' }),
      /'conditionExpress' stands after 'methodPattern' and needs it/,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_COMMANDS),
        fc.dictionary(fc.string(), fc.anything()),
        fc.anything(),
        (command, more, value) => {
          const input: Record<string, unknown> = { ...more };
          for (const { name } of parametersOf(command)) input[name] = value;
          try {
            bindArguments(command, input);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'bad-tool-arguments', String(error));
          }
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  it('is lenient with what models write: null, numbers as text, text as number, one for a list', () => {
    const { args, process } = bindArguments(STRUCTURES, {
      nameArgument: 7,
      action: 'dump',
      size: '3',
      ratio: '0.25',
      hot: 'true',
      tag: null,
      process: 4242,
    });
    assert.deepEqual(args.positional, ['7']);
    assert.deepEqual(args.options, {
      action: 'dump',
      tag: undefined,
      size: [3],
      ratio: 0.25,
      lineNumber: true,
      hot: true,
      process: undefined,
      name: undefined,
    });
    assert.equal(process, '4242');
    assert.deepEqual(
      bindArguments(STRUCTURES, { nameArgument: 'a', action: 'dump', rest: ['r'] }).args.positional,
      ['a', 'dflt', 'r'],
    );
  });

  it('hints follow the risk; what only serves to change is hidden where nothing may be changed', () => {
    const options = COMMANDS.find(({ name }) => name === 'options') as Command;
    const hints = (name: string, rights: typeof ALL | typeof READ) =>
      toolOf(ALL_COMMANDS.find((each) => each.name === name) as Command, rights, ADMIN).annotations;
    assert.deepEqual(hints('jvm', READ), {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    });
    assert.deepEqual(hints('watch', READ), {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    });
    assert.deepEqual(hints('watch', ALL), {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    });
    assert.equal(hints('version', READ)?.openWorldHint, false);
    const examples = (rights: typeof ALL | typeof READ) =>
      JSON.stringify(toolOf(options, rights, ADMIN).inputSchema.examples);
    assert.match(examples(ALL), /optionsValue/);
    assert.doesNotMatch(examples(READ), /optionsValue/);
    const members = (rights: typeof ALL | typeof READ) =>
      Object.keys((toolOf(STRUCTURES, rights, ADMIN).inputSchema as { properties: object }).properties);
    assert.ok(members(ALL).includes('hot'));
    assert.ok(!members(READ).includes('hot'));
    assert.deepEqual(members(ALL).slice(0, 5), ['nameArgument', 'second', 'rest', 'action', 'tag']);
    assert.deepEqual(members(ALL).slice(-4), ['processOption', 'name', 'process', 'waitSeconds']);
  });

  it('prompts name tools that there are', () => {
    const names = new Set(COMMANDS.map(({ name }) => name));
    const named = toolsOfPrompts();
    assert.ok(named.length > 8);
    assert.deepEqual(
      named.filter((tool) => !names.has(tool) && tool !== 'read'),
      [],
    );
  });
});
