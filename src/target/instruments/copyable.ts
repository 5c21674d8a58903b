import { planOf } from './plan.js';
import type { ObservableFunction } from './types.js';

/** Why a function cannot be given another text; undefined when it can. What it needs is a wrapper, and a frame of its own. */
export function whyNoCopy({ found }: ObservableFunction): string | undefined {
  if (!found) return 'it is built into Node.js or V8, and has no source of its own';
  const { info } = found;
  if (info.kind === 'constructor')
    return 'a class constructor cannot be compiled a second time: instances, fields and super() belong to the class that is there; replace its methods';
  if (info.isPrivate && info.kind !== 'arrow' && info.kind !== 'function')
    return 'V8 does not let the slot of a private method be written; replace the methods that call it';
  if (info.isGenerator && info.facts.isPerCall)
    return 'a generator that is made anew with each call of what is around it: nothing tells whose frame its own is';
  const { steps, note } = planOf(found);
  if (steps.length === 0) return note ?? 'nothing can stand in for it';
  if (steps.every(({ by }) => by === 'breakpoint')) return 'nothing can stand in for it';
  return undefined;
}
