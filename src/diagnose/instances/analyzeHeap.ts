import type { CommandContext, Result } from '../command.js';
import type { HeapReport } from '../heap/heapReport.js';
import { heapPrice } from '../heap/price.js';
import { askSnapshot } from '../heap/takeSnapshot.js';

/** `vmtool -a heapAnalyze`: instances and bytes by class, and the largest objects. */
export async function* analyzeHeap(context: CommandContext): AsyncGenerator<Result> {
  const { args, signal, target: attach } = context;
  const { classNum, objectNum, force } = args.options as {
    classNum: number;
    objectNum: number;
    force?: boolean;
  };
  const target = await attach();
  const price = await heapPrice(target, 'snapshot', { force: force === true, signal });
  yield { type: 'message', message: price.announcement };
  const { answer, stallMs } = await askSnapshot(target, { about: 'heap', classNum, objectNum }, context);
  yield { type: 'vmtool', value: textOf(answer), ...answer, stallMs };
  yield { type: 'message', message: `the main thread stood still for about ${stallMs} ms` };
}

function textOf({ classNumber, objectNumber, bytes, classes, objects }: HeapReport): string {
  const lines = [`class_number: ${classNumber}`, `object_number: ${objectNumber}`, `bytes: ${bytes}`];
  if (objects.length > 0) {
    lines.push('', row('id', '#bytes', 'class_name & object'), LINE);
    for (const each of objects)
      lines.push(row(String(each.id), String(each.bytes), `${each.className}${each.object}`));
  }
  if (classes.length > 0) {
    lines.push('', row('id', '#instances', '#bytes', 'class_name'), LINE);
    for (const each of classes) {
      lines.push(row(String(each.id), String(each.instances), String(each.bytes), each.className));
    }
  }
  return lines.join('\n');
}

const LINE = '-'.repeat(60);

function row(id: string, ...cells: string[]): string {
  const last = cells.pop() ?? '';
  return `${id.padEnd(6)}${cells.map((cell) => cell.padEnd(14)).join('')}${last}`;
}
