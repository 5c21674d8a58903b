import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, CommandContext, OptionSpec, Result } from '../../../src/diagnose/index.js';
import { CommandFailure } from '../../../src/diagnose/index.js';

const COUNT: OptionSpec = { short: 'n', long: 'limits', kind: 'integer', default: 1, summary: 'How many' };
const EVERY: OptionSpec = {
  short: 'i',
  long: 'interval',
  kind: 'integer',
  default: 50,
  summary: 'Milliseconds',
};

function command(name: string, run: Command['run'], more: Partial<Command> = {}): Command {
  return {
    name,
    summary: `${name} of the tests`,
    examples: [],
    options: [COUNT, EVERY],
    args: [],
    needs: 'none',
    risk: 'read',
    results: [{ type: name, fields: [] }],
    cost: 'None.',
    run,
    render: (result) => `${name} ${String(result.number ?? '')}`,
    ...more,
  };
}

async function* many({ args }: CommandContext): AsyncGenerator<Result, void, void> {
  for (let number = 1; number <= Number(args.options.limits); number++) yield { type: 'many', number };
}

/** Endless until interrupted, with a cleanup that a test can see. */
async function* tick({ args, signal }: CommandContext): AsyncGenerator<Result, void, void> {
  for (let number = 1; !signal.aborted; number++) {
    yield { type: 'tick', number };
    await sleep(Number(args.options.interval), undefined, { signal }).catch(() => {});
  }
}

/** As the reference's dashboard ends: one interval after the n-th result (wire/arthas.md 3.2). */
async function* timed({
  args,
  signal,
}: CommandContext): AsyncGenerator<Result, { statusCode: number; message: string }, void> {
  const times = Number(args.options.limits);
  for (let number = 1; number <= times; number++) {
    yield { type: 'timed', number };
    await sleep(Number(args.options.interval), undefined, { signal });
  }
  return { statusCode: 0, message: `Process ends after ${times} time(s).` };
}

async function* deaf(): AsyncGenerator<Result, void, void> {
  yield { type: 'deaf' };
  await new Promise(() => {});
}

async function* attach(context: CommandContext): AsyncGenerator<Result, void, void> {
  const target = await context.target();
  yield { type: 'attach', pid: target.process.pid, holders: target.holders };
}

async function* hold(context: CommandContext): AsyncGenerator<Result, void, void> {
  const target = await context.target();
  yield { type: 'hold', pid: target.process.pid };
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
}

async function* fail(): AsyncGenerator<Result, void, void> {
  yield { type: 'message', message: 'about to fail' };
  throw new CommandFailure('it said no');
}

async function* crash(): AsyncGenerator<Result, void, void> {
  yield { type: 'message', message: 'about to crash' };
  throw new TypeError('a fault of ours');
}

async function* big({ args }: CommandContext): AsyncGenerator<Result, void, void> {
  const text = 'x'.repeat(10_000);
  for (let number = 1; number <= Number(args.options.limits); number++) yield { type: 'big', number, text };
}

async function* rows({ args }: CommandContext): AsyncGenerator<Result, void, void> {
  for (let number = 1; number <= Number(args.options.limits); number++) {
    yield { type: 'rows', list: Array.from({ length: 60 }, (_, row) => row) };
  }
}

/** Stand-ins for commands whose target side is not what these tests are about. */
export const TEST_COMMANDS: readonly Command[] = [
  command('many', many),
  command('tick', tick, { aliases: ['tk'] }),
  command('timed', timed),
  command('deaf', deaf),
  command('attach', attach, { needs: 'target' }),
  command('hold', hold, { needs: 'target', risk: 'observe' }),
  command('patch', many, { risk: 'change' }),
  command('fail', fail),
  command('crash', crash),
  command('big', big),
  command('rows', rows),
  command('need', many, {
    args: [{ name: 'class-pattern', required: true, summary: 'A pattern' }],
    options: [COUNT, { long: 'limit-two', kind: 'string', summary: 'Shares a prefix with --limits' }],
  }),
];
