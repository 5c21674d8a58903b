import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Budget, HookReport } from '../../../src/probe/instrumentProtocol.js';
import { sharedBytes } from '../../../src/probe/layout.js';
import { Governor, type GovernorEvent } from '../../../src/probe/worker/instruments/governor.js';
import { Slots } from '../../../src/probe/worker/instruments/slots.js';

const BUDGET: Budget = { share: 0.01, overMs: 5000, burstShare: 0.05, burstMs: 1000 };
const HOOK = 3;

/** The counters of a function that is called at some rate, and a governor that looks at them ten times a second. */
class World {
  readonly slots = new Slots(new SharedArrayBuffer(sharedBytes(0)));
  readonly said: GovernorEvent[] = [];
  readonly removed: number[] = [];
  readonly governor: Governor;
  pauses = 0;
  isObserved = true;
  now = 0;

  constructor(more: Partial<HookReport> = {}, budget = BUDGET) {
    const tools = {
      slots: this.slots,
      pauses: () => this.pauses,
      isObserved: () => this.isObserved,
      said: (event: GovernorEvent) => void this.said.push(event),
      remove: (hook: number) => void this.removed.push(hook),
    };
    this.governor = new Governor(tools, budget, 0);
    const price = { observedNs: 100, passedNs: 8, filteredNs: 30 };
    this.governor.learn({ hook: HOOK, state: 'installed', price, ...more } as HookReport);
  }

  get actions(): string[] {
    return this.said.map(({ action }) => action);
  }

  /** `looked` of the `calls` of a second are observed, when they are not sampled. */
  run(seconds: number, calls: number, looked = calls, slowNs = 0): void {
    for (let turn = 0; turn < seconds * 10; turn++) {
      this.now += 100;
      const mode = this.slots.hook(HOOK, 'mode');
      const seen = (mode === 0 ? looked : mode === 1 ? Math.min(looked, 100) : 0) / 10;
      this.#add('calls', calls / 10);
      this.#add('observed', seen);
      this.#add('slowNs', seen * slowNs);
      this.governor.tick(this.now);
    }
  }

  #add(field: 'calls' | 'observed' | 'slowNs', value: number): void {
    this.slots.setHook(HOOK, field, this.slots.hook(HOOK, field) + value);
  }
}

describe('the budget of instruments', () => {
  it('leaves alone what stays within it', () => {
    const world = new World();
    world.run(60, 90_000);
    assert.deepEqual(world.actions, []);
    assert.ok(
      Math.abs(world.governor.share(world.now) - 0.009) < 0.0005,
      String(world.governor.share(world.now)),
    );
    assert.ok(Math.abs(world.governor.costMs(HOOK) - 540) < 10);
  });

  it('samples within a second what takes a tenth of a core, and no more if that suffices', () => {
    const world = new World();
    world.run(1, 1_000_000);
    assert.deepEqual(world.actions, ['sampled']);
    assert.ok((world.said[0]?.share ?? 0) > 0.05);
    assert.equal(world.slots.hook(HOOK, 'mode'), 1);
    world.run(30, 1_000_000);
    assert.deepEqual(world.actions, ['sampled']);
    assert.ok(world.governor.share(world.now) < 0.01);
  });

  it('removes what costs too much even then', () => {
    const world = new World();
    world.run(20, 5_000_000);
    assert.deepEqual(world.actions, ['sampled', 'removed']);
    assert.deepEqual(world.removed, [HOOK]);
    assert.equal(world.slots.hook(HOOK, 'mode'), 2);
  });

  it('lets all calls be looked at again when the load has gone, and waits longer each time', () => {
    const world = new World();
    world.run(1, 1_000_000);
    world.run(6, 100);
    assert.deepEqual(world.actions, ['sampled', 'restored']);
    assert.equal(world.slots.hook(HOOK, 'mode'), 0);
    world.run(1, 1_000_000);
    world.run(9, 100);
    assert.deepEqual(world.actions.slice(2), ['sampled']);
    world.run(2, 100);
    assert.deepEqual(world.actions.slice(2), ['sampled', 'restored']);
  });

  it('never removes what runs another text, and curbs only who observes it', () => {
    const world = new World({ isReplaced: true });
    world.isObserved = false;
    world.run(10, 5_000_000, 0);
    assert.deepEqual(world.actions, []);
    assert.ok(world.governor.share(world.now) > 0.03);
    world.isObserved = true;
    world.run(10, 5_000_000);
    assert.deepEqual(world.actions, ['sampled', 'sampled']);
    assert.equal(world.slots.hook(HOOK, 'mode'), 2);
    assert.deepEqual(world.removed, []);
    world.run(12, 100, 0);
    assert.deepEqual(world.actions.slice(2), ['restored']);
    assert.equal(world.slots.hook(HOOK, 'mode'), 0);
  });

  it('takes what a breakpoint costs as it was measured last', () => {
    const world = new World({ instrument: 'breakpoint' });
    const price = (hitNs: number) => ({ observedNs: hitNs, passedNs: hitNs, hitNs });
    const learn = (hitNs: number) =>
      world.governor.learn({
        hook: HOOK,
        state: 'installed',
        instrument: 'breakpoint',
        price: price(hitNs),
      } as HookReport);
    learn(20_000);
    world.run(1, 100);
    assert.equal(world.governor.costMs(HOOK), 2);
    learn(60_000);
    world.run(1, 100);
    assert.equal(world.governor.costMs(HOOK), 8);
  });

  it('knows that a rate keeps most calls from being looked at, and that code gets quicker', () => {
    const world = new World();
    world.run(2, 100_000, 1000, 60_000);
    assert.deepEqual(world.actions, ['sampled']);
    world.run(15, 100_000, 1000, 2000);
    assert.deepEqual(world.actions, ['sampled', 'restored']);
    world.run(30, 100_000, 1000, 2000);
    assert.equal(world.said.length, 2);
  });

  it('counts pauses, but blames them on breakpoints alone', () => {
    const world = new World();
    world.pauses = 100;
    world.run(3, 100);
    assert.deepEqual(world.actions, []);
    assert.ok(world.governor.share(world.now) > 0.03);
    const held = new World({ instrument: 'breakpoint' });
    held.pauses = 100;
    held.run(3, 10);
    assert.deepEqual(held.actions, ['removed']);
  });

  it('does nothing when it is off, and gives back what it took', () => {
    const world = new World({}, { ...BUDGET, share: 0 });
    world.run(10, 5_000_000);
    assert.deepEqual(world.actions, []);
    world.governor.setBudget(BUDGET);
    world.run(1, 1_000_000);
    world.governor.setBudget({ ...BUDGET, share: 0 });
    assert.deepEqual(world.actions, ['sampled', 'restored']);
    for (const share of [Number.NaN, -1, Number.POSITIVE_INFINITY, 5]) {
      world.governor.setBudget({ share, overMs: share, burstShare: share, burstMs: share });
      world.run(1, 1000);
    }
  });

  it('takes the dearest of several, and no more of them than it must', () => {
    const world = new World();
    world.governor.learn({
      hook: 4,
      state: 'installed',
      price: { observedNs: 100, passedNs: 8 },
    } as HookReport);
    for (let turn = 0; turn < 20; turn++) {
      world.slots.setHook(4, 'calls', world.slots.hook(4, 'calls') + 100);
      world.slots.setHook(4, 'observed', world.slots.hook(4, 'observed') + 100);
      world.run(0.1, 1_000_000);
    }
    assert.deepEqual(
      world.said.map(({ hook, action }) => [hook, action]),
      [[HOOK, 'sampled']],
    );
  });
});
