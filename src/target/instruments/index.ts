import type { Target } from '../types.js';
import { InstrumentRegistry } from './registry.js';
import type { TargetInstruments } from './types.js';

const registries = new WeakMap<Target, InstrumentRegistry>();

/** The instruments of a target: one registry for all who observe it. Asking for it installs nothing. */
export function instrumentsOf(target: Target): TargetInstruments {
  let registry = registries.get(target);
  if (!registry) {
    registry = new InstrumentRegistry(target);
    registries.set(target, registry);
  }
  return registry;
}

export { whyNoCopy } from './copyable.js';
export { observable } from './find.js';
