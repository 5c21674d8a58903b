import { errorText, RemoraError } from '../../base/index.js';
import { loadedModuleFile } from '../../target/index.js';
import { RawJson } from '../../wire/index.js';
import { type Command, CommandFailure } from '../command.js';
import {
  type CompiledExpression,
  compileExpression,
  evaluateExpression,
  fromOgnl,
} from '../expression/index.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';
import { renderLimits, valueText } from '../values/index.js';

export const ognl: Command = {
  name: 'ognl',
  summary: 'Evaluate a JavaScript expression in the process and show its value',
  description:
    'The word is kept for those who know it; the language is JavaScript, not OGNL: one expression, no statement. It sees ' +
    "globalThis, process and `module('cart.js')`, the exports of a CommonJS module that is loaded already (nothing is " +
    'ever loaded). Without --unsafe it may read, compute and call the built-ins of arrays, strings, maps, sets, dates, ' +
    'numbers, Math, Object and JSON (as they were when Remora attached, by identity), with arrow functions as their ' +
    'callbacks; V8 stops it at the first side effect, lazy getters included, and after two seconds. What is built in but ' +
    'keeps a state counts as a side effect: Math.random, and before Node.js 24 localeCompare, normalize, and replace and ' +
    'split by a regular expression. An assignment, new, await or a function body is never taken; with --unsafe calls to ' +
    'anything are, and then only the time is bounded. Values of secret-looking names are masked.',
  examples: [
    { line: 'ognl process.uptime', shows: 'a function, which is shown and not called' },
    { line: 'ognl "Object.keys(process.versions)"', shows: 'an array, opened one level' },
    { line: 'ognl -x 2 process.release', shows: 'an object, opened two levels' },
    {
      line: 'ognl "Object.values(process.versions).map((v) => v.length)"',
      shows: 'an arrow function as the callback of a built-in',
    },
    {
      line: 'ognl --unsafe process.memoryUsage()',
      shows: 'a call to anything, for those who may change the process',
    },
  ],
  options: [
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 1,
      min: 0,
      max: 4,
      summary: 'How many levels of the value are opened',
    },
    { long: 'unsafe', kind: 'flag', summary: 'Allow calls to anything, and side effects' },
    ...loaderOptions('classLoader'),
  ],
  args: [
    {
      name: 'express',
      required: true,
      summary: 'A JavaScript expression; quote the whole of it when it has blanks or quotes',
    },
  ],
  needs: 'target',
  risk: 'observe',
  riskOf: ({ options }) => (options.unsafe === true ? 'change' : 'observe'),
  results: [
    {
      type: 'ognl',
      fields: [
        { name: 'value', type: 'string', summary: 'The value as text' },
        {
          name: 'json',
          type: 'any',
          summary: 'The same, typed: JSON where it can say it, else members that begin with `@`',
        },
      ],
    },
  ],
  cost: 'One evaluation between two turns of the event loop: 1 to 3 ms with its rendering; 2 s at most, 50 ms for the rendering. The first one prepares the list of built-ins (about 1 ms).',
  async *run(context) {
    const { args, signal } = context;
    refuseLoaders(args);
    try {
      const expression = compiled(args.positional[0] ?? '', args.options.unsafe === true);
      const target = await context.target();
      const files = await Promise.all(
        expression.modules.map((pattern) => loadedModuleFile(target, pattern, { signal })),
      );
      const { threw, value } = await evaluateExpression(target, expression, {
        limits: renderLimits(Number(args.options.expand)),
        files,
        signal,
      });
      if (threw) throw new CommandFailure(failed(thrownText(valueText(value))));
      yield { type: 'ognl', value: valueText(value), json: new RawJson(JSON.stringify(value)) };
    } catch (error) {
      if (error instanceof RemoraError) throw new CommandFailure(failed(errorText(error)));
      throw error;
    }
  },
  render: ({ value }) => String(value),
};

/** What JavaScript does not know may be OGNL, of which it is told what to write. */
function compiled(text: string, unsafe: boolean): CompiledExpression {
  try {
    return compileExpression(text, { unsafe });
  } catch (error) {
    fromOgnl(text, [], unsafe);
    throw error;
  }
}

function failed(why: string): string {
  return `Failed to execute ognl, exception message: ${why}`;
}

/** The first line of a stack, or what else was thrown. */
function thrownText(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
