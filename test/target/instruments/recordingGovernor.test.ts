import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstrumentEvents, InstrumentStatus, ObserverSpec } from '../../../src/probe/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const BUSY = 'instruments/busy.cjs';
const WORK = 'instruments/busyWork.cjs';

type Events = InstrumentEvents;

/** Events of the Worker as they come. */
class Heard {
  readonly records: Events['instrument.records'][] = [];
  readonly governor: Events['instrument.governor'][] = [];
  readonly ends: Events['instrument.end'][] = [];

  constructor({ target }: Subject) {
    target.onEvent('instrument.records', (data) => this.records.push(data as Events['instrument.records']));
    target.onEvent('instrument.governor', (data) =>
      this.governor.push(data as Events['instrument.governor']),
    );
    target.onEvent('instrument.end', (data) => this.ends.push(data as Events['instrument.end']));
  }

  get count(): number {
    return this.records.reduce((sum, { records }) => sum + records.length, 0);
  }

  get dropped(): number {
    return this.records.flatMap(({ dropped }) => dropped).reduce((sum, { count }) => sum + count, 0);
  }
}

function watch(hook: number, more: Partial<ObserverSpec> = {}): ObserverSpec {
  return {
    observer: 1,
    kind: 'watch',
    hooks: [hook],
    points: ['finish'],
    express: { source: '[params,returnObj]', files: [], atEntry: false, fuel: 1000, name: '' },
    limits: { depth: 1, items: 10, string: 100, bytes: 1000, time: 10 },
    hits: 0,
    rate: 0,
    frames: 10,
    ...more,
  };
}

/** Nanoseconds of a call, the best of some windows: others use this machine as well. */
async function callTime(subject: Subject, windows: number): Promise<number> {
  const from = subject.process.stdout().length;
  const times = await eventually(
    () => {
      const found = [
        ...subject.process
          .stdout()
          .slice(from)
          .matchAll(/^call (\d+) ns$/gm),
      ].slice(1);
      return found.length >= windows ? found.map(([, time]) => Number(time)) : undefined;
    },
    { what: `${windows} times`, timeoutMs: 15_000 },
  );
  return Math.min(...times);
}

describe('the governor', { concurrency: 2 }, () => {
  for (const node of nodeMajors) {
    it(`samples, then removes what is called too often, and the speed is back, on Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, BUSY);
      const heard = new Heard(subject);
      const before = await callTime(subject, 4);
      const spec = subject.spec(WORK, 'hot', { plan: [{ by: 'exports' }] });
      assert.equal((await subject.hook(spec)).state, 'installed');
      const start = performance.now();
      await subject.target.worker('instrumentObserve', watch(spec.hook));
      const [first] = await eventually(() => (heard.governor.length ? heard.governor : undefined), {
        what: 'an act of the governor',
      });
      const actedMs = performance.now() - start;
      // A second is the aim, which bench/governor.ts measures; here other tests have the machine as well.
      assert.ok(actedMs < 4000, `${actedMs} ms`);
      assert.equal(first?.action, 'sampled');
      assert.match(first?.text ?? '', /^called [\d,]+ times a second, observing it took [\d.]+ % of a core/);
      assert.ok((first?.callsPerSecond ?? 0) > 50, String(first?.callsPerSecond));
      const { hooks } = await subject.target.worker<InstrumentStatus>('instrumentStatus', {});
      assert.equal(hooks[0]?.mode, 'sampled');
      assert.ok((hooks[0]?.costMs ?? 0) > 1);
      assert.deepEqual(hooks[0]?.observers, [1]);
      const sampled = await callTime(subject, 4);
      assert.ok(sampled * 0.9 < before, `sampled: ${sampled} ns a call, before ${before}`);
      // To pass a million calls a second on takes a little less than the budget there is.
      await subject.target.worker('instrumentBudget', {
        share: 0.001,
        overMs: 2000,
        burstShare: 0.005,
        burstMs: 1000,
      });
      const removed = await eventually(() => heard.governor.find(({ action }) => action === 'removed'), {
        what: 'the removal',
        timeoutMs: 10_000,
      });
      assert.equal(removed.hook, spec.hook);
      const end = await eventually(() => heard.ends[0], { what: 'the end of the observer' });
      assert.deepEqual(end, { observer: 1, why: 'budget' });
      const after = await callTime(subject, 4);
      assert.ok(after * 0.9 < before, `removed: ${after} ns a call, before ${before}`);
      assert.ok(heard.count > 0);
    });
  }

  it('lets every call be observed again when the load has gone', async (t) => {
    const subject = await Subject.start(t, 22, BUSY);
    const heard = new Heard(subject);
    const spec = subject.spec(WORK, 'hot', { plan: [{ by: 'exports' }] });
    await subject.hook(spec);
    const late = { source: '(_$r.p(cost)>1000)', files: [], atEntry: false, fuel: 100, name: '' };
    await subject.target.worker('instrumentObserve', watch(spec.hook, { condition: late }));
    await eventually(() => heard.governor[0], { what: 'an act of the governor' });
    subject.process.write('off');
    const back = await eventually(() => heard.governor.find(({ action }) => action === 'restored'), {
      what: 'every call to be observed again',
      timeoutMs: 15_000,
    });
    assert.match(back.text, /every call is observed again/);
    const { hooks } = await subject.target.worker<InstrumentStatus>('instrumentStatus', {});
    assert.equal(hooks[0]?.mode, 'full');
  });

  it('keeps the rate, ends after n records, and does nothing when it is off', async (t) => {
    const subject = await Subject.start(t, 22, BUSY);
    const heard = new Heard(subject);
    await subject.target.worker('instrumentBudget', { share: 0, overMs: 5000, burstShare: 0, burstMs: 1000 });
    const spec = subject.spec(WORK, 'hot', { plan: [{ by: 'exports' }] });
    await subject.hook(spec);
    const start = performance.now();
    await subject.target.worker('instrumentObserve', watch(spec.hook, { rate: 200, hits: 100 }));
    await eventually(() => heard.ends[0], { what: 'the end' });
    const ms = performance.now() - start;
    assert.ok(ms > 300 && ms < 5000, `100 records at 200 a second took ${ms} ms`);
    assert.deepEqual(heard.ends, [{ observer: 1, why: 'hits' }]);
    assert.equal(heard.count, 100);
    assert.ok(heard.dropped > 10_000, String(heard.dropped));
    assert.equal(heard.governor.length, 0);
    assert.equal(
      (await subject.target.worker<InstrumentStatus>('instrumentStatus', {})).hooks[0]?.mode,
      'full',
    );
    // The slot is free again.
    await subject.target.worker('instrumentObserve', watch(spec.hook, { rate: 200, hits: 5 }));
    await eventually(() => heard.ends[1], { what: 'the second end' });
    assert.equal(heard.count, 105);
    await subject.target.worker('instrumentUnobserve', { observer: 1 });
  });
});
