import { type CommandContext, CommandFailure, type Result } from '../command.js';
import type { ReferenceReport } from '../heap/heapReport.js';
import { heapPrice } from '../heap/price.js';
import { askSnapshot } from '../heap/takeSnapshot.js';

/** `vmtool -a referenceAnalyze`: which chains of references hold the instances of a class. */
export async function* analyzeReferences(context: CommandContext, className: string): AsyncGenerator<Result> {
  const { args, signal, target: attach } = context;
  const { backtraceNum, objectNum, force } = args.options as {
    backtraceNum: number;
    objectNum: number;
    force?: boolean;
  };
  // A snapshot knows classes by their own names only.
  const name = className.replace(/^.*:/s, '');
  const target = await attach();
  const price = await heapPrice(target, 'snapshot', { force: force === true, signal });
  yield { type: 'message', message: price.announcement };
  const question = { about: 'references', className: name, levels: backtraceNum, most: objectNum } as const;
  const { answer, stallMs } = await askSnapshot(target, question, context);
  if (answer.instanceCount === 0) {
    throw new CommandFailure(
      `No instance of ${name} is in the heap (the main thread stood still for ${stallMs} ms)`,
    );
  }
  yield { type: 'vmtool', value: textOf(name, answer), className: name, ...answer, stallMs };
  yield { type: 'message', message: `the main thread stood still for about ${stallMs} ms` };
}

function textOf(name: string, { instanceCount, bytes, chains }: ReferenceReport): string {
  const blocks = chains.map(({ instances, bytes: size, chain }) =>
    [
      `${instances} instance(s), ${size} bytes`,
      ...chain.map((each, at) => `${'  '.repeat(at + 1)}<- ${each}`),
    ].join('\n'),
  );
  return [`${instanceCount} instance(s) of ${name}, ${bytes} bytes`, ...blocks].join('\n\n');
}
