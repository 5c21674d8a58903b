import { errorText, RemoraError } from '../../base/index.js';
import { RemoteObjects } from '../../target/index.js';
import { RawJson } from '../../wire/index.js';
import { type CommandContext, CommandFailure, type Result } from '../command.js';
import { heapPrice } from '../heap/price.js';
import { HeapSearch } from '../heap/searchHeap.js';
import { checkExpressOn, evaluateOn, thrownOn } from '../held/evaluateOn.js';
import { renderLimits, valueText } from '../values/index.js';
import { findClass } from './findClass.js';

/** `vmtool -a getInstances`: objects of a class and of those that extend it; none is kept alive afterwards. */
export async function* getInstances(context: CommandContext, className: string): AsyncGenerator<Result> {
  const { args, signal } = context;
  checkExpressOn(args.options.express as string | undefined, 'instances');
  const target = await context.target();
  const price = await heapPrice(target, 'search', { force: args.options.force === true, signal });
  yield { type: 'message', message: price.announcement };
  const objects = new RemoteObjects(target, signal);
  try {
    const search = new HeapSearch(objects);
    const chosen = await findClass(context, objects, search, className);
    const prototype = await objects.tool('prototypeOf', chosen.value);
    if (prototype.objectId === undefined)
      throw new CommandFailure(`${chosen.name} has no prototype to search by`);
    const all = await search.instances(prototype);
    const limit = Number(args.options.limit);
    const picked = await objects.tool('instancesOf', all, { value: limit });
    const instances = await objects.member(picked, 'instances');
    const { value: count } = await objects.member(picked, 'count');
    const { threw, value } = await evaluateOn(objects, {
      name: 'instances',
      value: instances,
      express: args.options.express as string | undefined,
      limits: renderLimits(Number(args.options.expand)),
      signal,
    });
    if (threw) throw thrownOn(value);
    const stall = Math.round(search.tookMs);
    yield {
      type: 'vmtool',
      value: valueText(value),
      json: new RawJson(JSON.stringify(value)),
      className: chosen.name,
      instanceCount: count,
      stallMs: stall,
    };
    const shown = limit < 0 ? Number(count) : Math.min(limit, Number(count));
    yield {
      type: 'message',
      message: `${String(count)} instance(s) of ${chosen.name}${shown < Number(count) ? `, ${shown} of them taken (-l)` : ''}; the main thread stood still for ${stall} ms`,
    };
  } catch (error) {
    if (error instanceof RemoraError && /^(bad-expression|expression)/.test(error.code)) {
      throw new CommandFailure(errorText(error));
    }
    throw error;
  } finally {
    objects.release();
  }
}
