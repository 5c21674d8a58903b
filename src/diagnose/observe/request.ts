import type { ObserveRequest, Target } from '../../target/index.js';
import type { CommandContext } from '../command.js';
import { inProcess } from './expressions.js';
import type { Observing } from './observe.js';

/** What the instruments of a process are asked for. */
export async function requestOf(
  { jobId, signal }: CommandContext,
  { name, wish, request, express, condition }: Observing,
  target: Target,
): Promise<ObserveRequest> {
  return {
    ...request,
    express: await inProcess(express, target, signal),
    condition: await inProcess(condition, target, signal),
    force: wish.force,
    holder: `${name} ${wish.pattern.module} ${wish.pattern.name} (job ${jobId})`,
  };
}
