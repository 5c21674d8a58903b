import { HOOKS, SLOT, SLOT_FIELDS, SLOTS_OFFSET } from '../../layout.js';
import type { AnyFunction, Functions, Hook, InstrumentContext, Recording } from '../hook.js';

/** What happens in a call. A stand-in that counts, until `recording` is merged. */
export function makeRecording(context: InstrumentContext): { recording: Recording; functions: Functions } {
  const slots = new Float64Array(context.shared, SLOTS_OFFSET, HOOKS * SLOT_FIELDS);
  const originals = new WeakMap<object, AnyFunction>();
  const wrappers = new Map<Hook, WeakMap<object, AnyFunction>>();
  const recording: Recording = {
    wrap(hook, original) {
      if (originals.has(original)) return original;
      let of = wrappers.get(hook);
      if (!of) wrappers.set(hook, (of = new WeakMap()));
      let wrapper = of.get(original);
      if (!wrapper) {
        const at = hook.spec.hook * SLOT_FIELDS + SLOT.calls;
        const { flags } = context;
        wrapper = function (this: unknown, ...args: unknown[]): unknown {
          if (flags[0] === 0) {
            slots[at] = (slots[at] as number) + 1;
            hook.inside = true;
          }
          return new.target
            ? Reflect.construct(original, args, new.target)
            : Reflect.apply(original, this, args);
        };
        for (const key of Reflect.ownKeys(original)) {
          if (key === 'arguments' || key === 'caller') continue;
          Object.defineProperty(
            wrapper,
            key,
            Object.getOwnPropertyDescriptor(original, key) as PropertyDescriptor,
          );
        }
        Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original));
        originals.set(wrapper, original);
        of.set(original, wrapper);
      }
      return wrapper;
    },
    originalOf: (fn) => (typeof fn === 'function' ? originals.get(fn) : undefined),
    forget: (hook) => void wrappers.delete(hook),
    entered(hook) {
      const at = hook.spec.hook * SLOT_FIELDS + SLOT.calls;
      slots[at] = (slots[at] as number) + 1;
      return true;
    },
    left() {},
  };
  return { recording, functions: { engineCalibrate: () => ({ observedNs: 1, passedNs: 1 }) } };
}
