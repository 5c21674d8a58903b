import type { CommandContext, Result } from '../command.js';
import { heapCallMs } from '../heap/limits.js';
import { heapPrice } from '../heap/price.js';
import { toldWhenLate } from '../heap/toldWhenLate.js';
import { formatBytes } from '../render/index.js';

/** `vmtool -a forceGc`: V8's own full collection, as its inspector offers it. */
export async function* forceGc({ args, signal, target: attach }: CommandContext): AsyncGenerator<Result> {
  const target = await attach();
  const price = await heapPrice(target, 'collect', { force: args.options.force === true, signal });
  yield { type: 'message', message: price.announcement };
  const began = performance.now();
  yield* toldWhenLate(target.cdp('HeapProfiler.collectGarbage', {}, { signal, timeoutMs: heapCallMs.value }));
  const stallMs = Math.round(performance.now() - began);
  const { heapUsed } = await target.main<{ heapUsed: number }>('inspectHeap', null, { signal });
  const freed = price.heapUsed - heapUsed;
  yield {
    type: 'vmtool',
    value: `heap in use: ${formatBytes(price.heapUsed)} before, ${formatBytes(heapUsed)} after; the main thread stood still for about ${stallMs} ms`,
    heapBefore: price.heapUsed,
    heapAfter: heapUsed,
    freed,
    stallMs,
  };
}
