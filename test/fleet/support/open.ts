import type { AgentClock } from '../../../src/fleet/index.js';
import { Fleet } from '../../../src/fleet/index.js';
import { Direct } from './calls.js';
import { type Engine, MemoryStore } from './memoryStore.js';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

/** A fleet on an engine of its own or a given one. */
export async function openFleet(
  test: Test,
  options: { engine?: Engine; clock?: AgentClock } = {},
): Promise<{ fleet: Fleet; direct: Direct; engine: Engine; faults: unknown[] }> {
  const store = new MemoryStore(options.engine);
  const faults: unknown[] = [];
  const fleet = await Fleet.open({ store, clock: options.clock, onFault: (error) => faults.push(error) });
  test.after(() => fleet.close());
  return { fleet, direct: new Direct(fleet), engine: store.engine, faults };
}

/** A clock that moves when told. */
export class TestClock implements AgentClock {
  now = 1_700_000_000_000;
  epochMs = (): number => this.now;
  monotonicMs = (): number => this.now;
  pass(seconds: number): void {
    this.now += seconds * 1000;
  }
}
