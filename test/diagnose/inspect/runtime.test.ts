/** sysprop, vmoption, perfcounter, mbean, classloader and dump on a real process; vmoption on each Node. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { OutputFolder, PLAIN_STYLE } from '../../../src/diagnose/index.js';
import { nodeMajors, type SpawnedTarget, targetsFolder } from '../../support/index.js';
import { resultOf, type WireAnswer, type WireResult } from '../support/bench.js';
import { type LiveBench, liveBench, liveTarget } from '../support/liveBench.js';

const ALLOW = ['read', 'observe', 'change'] as const;

async function refused(answer: WireAnswer): Promise<string> {
  const { statusCode, message } = resultOf(answer, 'status');
  assert.notEqual(statusCode, 0, JSON.stringify(answer));
  return String(message);
}

function done(live: LiveBench, answer: WireAnswer, type: string): WireResult {
  assert.equal(resultOf(answer, 'status').statusCode, 0, JSON.stringify(answer));
  for (const result of answer.body?.results ?? []) {
    const text = live.bench.store.render(result, PLAIN_STYLE, 100) ?? '';
    assert.doesNotMatch(text, /undefined|NaN|\[object/, 'it can be shown to people');
  }
  return resultOf(answer, type);
}

describe('the runtime of a process', { concurrency: 1 }, () => {
  let live: LiveBench;
  let subject: SpawnedTarget;
  const folder = mkdtempSync(join(tmpdir(), 'remora-test-inspect-'));

  before(async () => {
    live = await liveBench({ allow: ALLOW, output: new OutputFolder(() => join(folder, 'output')) });
    subject = await liveTarget(22, 'statics/statics.cjs', {
      args: ['--api-token', 'topsecret-word'],
      env: { NODE_OPTIONS: '--stack-trace-limit=17' },
    });
  });

  after(async () => {
    await live.close();
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const exec = async (line: string): Promise<WireAnswer> => {
    const answer = await live.bench.exec(line, { process: String(subject.pid) });
    assert.ok(!JSON.stringify(answer).includes('topsecret'), 'secrets are masked');
    return answer;
  };

  it('sysprop shows all, one, and sets the few that can be set', async () => {
    const props = done(live, await exec('sysprop'), 'sysprop').props as Record<string, string>;
    assert.deepEqual(Object.keys(props), Object.keys(props).sort());
    assert.equal(props['process.pid'], String(subject.pid));
    assert.match(String(props['process.versions.v8']), /^\d+\./);
    assert.equal(props['process.argv.3'], '***');
    assert.equal(props['error.stackTraceLimit'], '17');
    assert.deepEqual(done(live, await exec('sysprop process.arch'), 'sysprop').props, {
      'process.arch': process.arch,
    });
    assert.equal(await refused(await exec('sysprop no.such')), 'There is no property with the key no.such');
    const set = await exec('sysprop error.stackTraceLimit 33');
    assert.equal(done(live, set, 'message').message, 'Successfully changed the system property.');
    assert.deepEqual(done(live, set, 'sysprop').props, { 'error.stackTraceLimit': '33' });
    assert.equal(done(live, set, 'sysprop').before, '17');
    assert.match(
      await refused(await exec('sysprop error.stackTraceLimit many')),
      /it takes a whole number from 0 to 1000/,
    );
    assert.match(
      await refused(await exec('sysprop process.pid 1')),
      /^Error during setting system property: process\.pid: /,
    );
    done(live, await exec('sysprop process.title shop-blue'), 'sysprop');
    assert.match(readFileSync(`/proc/${subject.pid}/cmdline`, 'utf8'), /^shop-blue/);
  });

  it('perfcounter has units and variability with -d', async () => {
    const plain = done(live, await exec('perfcounter'), 'perfcounter');
    assert.equal(plain.details, false);
    assert.deepEqual(Object.keys((plain.perfCounters as object[])[0] ?? {}), ['name', 'value']);
    const detailed = done(live, await exec('perfcounter -d'), 'perfcounter').perfCounters as Record<
      string,
      unknown
    >[];
    const by = new Map(detailed.map((each) => [each.name, each]));
    assert.equal(by.get('v8.heap.heap_size_limit')?.variability, 'Constant');
    assert.equal(by.get('process.cpu.user')?.units, 'Microseconds');
    assert.ok(Number(by.get('v8.space.old_space.used')?.value) > 0);
    assert.ok(Number(by.get('uv.metrics.loopCount')?.value) > 0);
  });

  it('mbean lists names, values, metadata, and repeats', async () => {
    const names = done(live, await exec('mbean'), 'mbean').mbeanNames as string[];
    assert.deepEqual(names, [...names].sort());
    for (const name of [
      'node.v8:type=Heap',
      'node.perf:type=EventLoopUtilization',
      'node.diagnostics:type=Channel,name=worker_threads',
    ]) {
      assert.ok(names.includes(name), name);
    }
    const one = done(live, await exec('mbean node.v8:type=Heap used*'), 'mbean').mbeanAttribute as Record<
      string,
      { name: string; value: number }[]
    >;
    assert.deepEqual(Object.keys(one), ['node.v8:type=Heap']);
    assert.deepEqual(one['node.v8:type=Heap']?.map(({ name }) => name).sort(), [
      'used_global_handles_size',
      'used_heap_size',
    ]);
    const still = done(live, await exec('mbean *GarbageCollector,name=scavenge'), 'mbean')
      .mbeanAttribute as Record<string, { error?: string }[]>;
    assert.equal(Object.values(still)[0]?.[0]?.error, 'Unavailable');
    const metadata = done(live, await exec('mbean -m node.v8:type=Heap'), 'mbean').mbeanMetadata as Record<
      string,
      { className: string; attributes: { name: string; type: string }[]; operations: unknown[] }
    >;
    assert.equal(metadata['node.v8:type=Heap']?.className, 'v8.getHeapStatistics');
    assert.ok(
      metadata['node.v8:type=Heap']?.attributes.some(
        ({ name, type }) => name === 'used_heap_size' && type === 'number',
      ),
    );
    const repeated = await exec(
      'mbean -E -i 100 -n 3 node\\.(v8:type=GarbageCollector,name=scavenge|perf:type=EventLoopDelay)',
    );
    assert.deepEqual(
      [resultOf(repeated, 'status').statusCode, resultOf(repeated, 'status').message],
      [-1, 'Process ends after 3 time(s).'],
    );
    const answers = repeated.body?.results?.filter(({ type }) => type === 'mbean') ?? [];
    assert.equal(answers.length, 3);
    const last = answers[2]?.mbeanAttribute as Record<string, { name: string; value?: number }[]>;
    assert.ok(
      Object.values(last)
        .flat()
        .every(({ value }) => typeof value === 'number'),
      JSON.stringify(last),
    );
    assert.match(await refused(await exec('mbean nothing')), /^No mbean fits 'nothing'/);
  });

  it('classloader shows loaders, packages, modules and what a name resolves to', async () => {
    const stats = done(live, await exec('classloader'), 'classloader').classLoaderStats as Record<
      string,
      { loadedCount: number }
    >;
    assert.equal(stats.commonjs?.loadedCount, 3);
    assert.ok((stats.builtin?.loadedCount ?? 0) > 20);
    const rows = done(live, await exec('classloader -l'), 'classloader').classLoaders as {
      name: string;
      hash: string;
      parent?: string;
      loadedCount: number;
    }[];
    const own = rows.find(({ name }) => name.startsWith('remora@'));
    assert.deepEqual([own?.parent, own?.loadedCount], ['commonjs', 3]);
    const tree = done(live, await exec('classloader -t'), 'classloader');
    assert.equal(tree.tree, true);
    const urls = done(live, await exec(`classloader -c ${own?.hash}`), 'classloader').urls as string[];
    assert.deepEqual(urls.map((url) => url.replace(/.*\//, '')).sort(), [
      'basket.cjs',
      'counted.cjs',
      'statics.cjs',
    ]);
    const all = (await exec('classloader -a')).body?.results?.filter(({ classSet }) => classSet) ?? [];
    assert.ok(
      all.some(({ classSet }) =>
        (classSet as { classes: string[] }).classes.some((each) => each.endsWith('/counted.cjs')),
      ),
    );
    const resource = done(live, await exec('classloader -r ./counted.cjs'), 'classloader').resources;
    assert.deepEqual(resource, [join(targetsFolder, 'statics', 'counted.cjs')]);
    assert.deepEqual(done(live, await exec('classloader -r fs'), 'classloader').resources, ['node:fs']);
    assert.match(await refused(await exec('classloader -r ./missing.cjs')), /does not resolve from/);
    assert.match(await refused(await exec('classloader --load ./counted.cjs')), /runs its code/);
    assert.match(
      await refused(await exec('classloader -c nobody')),
      /^Can not find classloader with hashCode: nobody/,
    );
    const stat = done(live, await exec('classloader -u'), 'classloader').urlStats as Record<
      string,
      { unUsedUrls: string[] }
    >;
    assert.ok(Object.values(stat)[0]?.unUsedUrls.includes('fastify'));
    const classes = done(live, await exec('classloader --url-classes -d --class *.cjs'), 'classloader');
    assert.deepEqual(
      (classes.urlClassStats as { matchedClassCount: number }[]).map(
        ({ matchedClassCount }) => matchedClassCount,
      ),
      [3],
    );
  });

  it('dump writes what runs to the output folder', async () => {
    const dumped = done(live, await exec('dump counted.cjs'), 'dump').dumpedClasses as {
      name: string;
      location: string;
      of: string;
      url: string;
    }[];
    assert.deepEqual(
      dumped.map(({ of }) => of),
      ['runs'],
    );
    assert.equal(
      readFileSync(dumped[0]?.location ?? '', 'utf8'),
      readFileSync(join(targetsFolder, 'statics', 'counted.cjs'), 'utf8'),
    );
    assert.match(String(dumped[0]?.url), /^\/arthas-output\/dump-/);
    assert.match(
      await refused(await exec('dump -l 1 *.cjs')),
      /^The number of matched classes is 3, greater than the limit value 1\./,
    );
    assert.equal(await refused(await exec('dump nowhere.js')), 'No class found for: nowhere.js');
    assert.match(await refused(await exec('dump -d /tmp counted.cjs')), /output folder only/);
  });
});

describe('a program that spoils what it can', () => {
  it('is looked at by every command without running any of it', async (test) => {
    const live = await liveBench({ allow: ALLOW });
    test.after(() => live.close());
    const subject = await liveTarget(22, 'hostile.cjs', { test, args: ['--tamper'] });
    const lines = [
      ...[
        'sysprop',
        'sysprop events.defaultMaxListeners 12',
        'vmoption',
        'vmoption trace-warnings true',
        'perfcounter -d',
      ],
      ...[
        'mbean',
        'mbean *',
        'mbean -m *',
        'classloader',
        'classloader -a',
        'logger',
        'logger --heap --force',
      ],
      ...['getstatic hostile.cjs *', "getstatic hostile.cjs hostile 'value.cycle.name'"],
      'vmtool -a getInstances --className Object -l 200 -x 2 --force',
    ];
    for (const line of lines) {
      const answer = await live.bench.exec(line, { process: String(subject.pid) });
      assert.equal(
        resultOf(answer, 'status').statusCode,
        0,
        `${line}: ${JSON.stringify(resultOf(answer, 'status'))}`,
      );
    }
    assert.equal(await (await fetch(`http://127.0.0.1:${subject.port}`)).text(), '0\n');
  });
});

describe('options of V8 and Node', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`on Node ${node}`, async (test) => {
      const live = await liveBench({ allow: ALLOW });
      test.after(() => live.close());
      const subject = await liveTarget(node, 'idle.cjs', {
        test,
        nodeArgs: ['--max-old-space-size=300', '--no-warnings'],
        env: { NODE_OPTIONS: '--dns-result-order=ipv4first' },
      });
      const exec = (line: string): Promise<WireAnswer> =>
        live.bench.exec(line, { process: String(subject.pid) });
      const rows = done(live, await exec('vmoption'), 'vmoption').vmOptions as Record<string, unknown>[];
      const row = (name: string) => rows.find((each) => each.name === name);
      const limit = row('max-old-space-size');
      assert.deepEqual([limit?.origin, limit?.writeable], ['VM_CREATION', false]);
      assert.ok(Number(limit?.value) >= 300 && Number(limit?.value) < 500, String(limit?.value));
      assert.deepEqual(row('dns-result-order'), {
        name: 'dns-result-order',
        origin: 'ENVIRON_VAR',
        value: 'ipv4first',
        writeable: true,
      });
      assert.deepEqual(row('warnings'), {
        name: 'warnings',
        origin: 'VM_CREATION',
        value: 'false',
        writeable: false,
      });

      const set = await exec('vmoption trace-gc true');
      assert.equal(done(live, set, 'message').message, 'Successfully updated the vm option.');
      assert.deepEqual(done(live, set, 'vmoption').changeResult, {
        name: 'trace-gc',
        beforeValue: 'false',
        afterValue: 'true',
      });
      done(live, await exec('vmtool -a forceGc'), 'vmtool');
      await subject.waitFor(/Mark-[Cc]ompact/);
      done(live, await exec('vmoption --trace_gc false'), 'vmoption');
      const printed = subject.stdout().length;
      done(live, await exec('vmtool -a forceGc'), 'vmtool');
      assert.equal(subject.stdout().length, printed, 'V8 prints no more');
      const managed = done(live, await exec('vmoption trace-gc'), 'vmoption').vmOptions;
      assert.deepEqual(managed, [
        { name: 'trace-gc', origin: 'MANAGEMENT', value: 'false', writeable: true },
      ]);

      done(live, await exec('vmoption dns-result-order verbatim'), 'vmoption');
      assert.match(
        await refused(await exec('vmoption max-old-space-size 100')),
        /V8 lays out its heap when it starts/,
      );
      assert.match(
        await refused(await exec('vmoption max-opt 3')),
        /^Error during setting vm option: max-opt: /,
      );
      assert.match(
        await refused(await exec('vmoption trace-gc perhaps')),
        /it takes true or false, not 'perhaps'/,
      );
      assert.match(await refused(await exec('vmoption no-such-option')), /is not set/);
    });
  }
});
