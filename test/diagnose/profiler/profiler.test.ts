/** `profiler` on real processes: every action, event and format, and what is left when it does not come to an end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { goPprof, noGo, topRows } from '../../insight/support/goPprof.js';
import { assertNoProfiler, isSampled } from '../../insight/support/leftovers.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { assertLetGo, get, temporaryFolder } from '../../target/attach/attaching.js';
import { countRequests } from '../support/requests.js';
import { profiled } from './support/profiled.js';

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly hitCount: number;
  readonly children: readonly number[];
}

describe('profiler on every Node.js', { concurrency: 4, timeout: 120_000 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: cpu in the names of TypeScript, alloc, heap and wall`, async (t) => {
      const at = await profiled(t, node);
      const begun = await at.ok('profiler start');
      assert.match(
        String(begun.executeResult),
        /^Profiling started: CPU time of hog .*every 10 ms\n'profiler stop' ends it/,
      );
      await sleep(1500);
      const cpu = await at.ok('profiler stop -o flat=5');
      assert.match(
        String(cpu.executeResult),
        /function\n.*Prices\.burnCpu \(.*typescript\/src\/hog\.ts:\d+\)/,
      );
      assertNoProfiler(at.process.pid);
      // A program that gets little of a busy machine allocates little: it is looked at until it has.
      const seen = async (event: string, format: string): Promise<void> => {
        await eventually(
          async () => {
            await at.ok(`profiler start -e ${event} -i 64k`);
            await sleep(600);
            const { executeResult } = await at.ok(`profiler stop -o ${format}`);
            return /keepReports \(.*hog\.ts:\d+\)/.test(String(executeResult));
          },
          { what: `keepReports in a profile of ${event}`, timeoutMs: 40_000 },
        );
      };
      await seen('heap', 'flat');
      await seen('alloc', 'traces');
      await at.ok('profiler start -e wall -i 5ms');
      await sleep(700);
      assert.match(
        String((await at.ok('profiler stop -o tree')).executeResult),
        /\(idle\)[\s\S]*waiting for timer/,
      );
      assert.equal(await get(at.process.port), 'still here');
      await at.targets.close('the test is over');
      await assertLetGo(at.process);
    });
  }
});

describe('profiler', { concurrency: 2, timeout: 120_000 }, () => {
  it('writes every format, and none of them lies', async (t) => {
    const at = await profiled(t, 22);
    const done = await at.ok('profiler start -d 3 --wait -f cpu.html --title "a <b>title</b> & more"');
    assert.equal(done.format, 'flamegraph');
    assert.equal(done.url, '/arthas-output/cpu.html');
    assert.ok(Number(done.samples) > 50, JSON.stringify(done));
    const html = at.read('cpu.html');
    assert.equal(html.length, done.bytes);
    assert.match(html, /<title>a &#60;b&#62;title&#60;\/b&#62; &#38; more<\/title>/);
    assert.ok(html.includes('Prices.burnCpu'));

    await at.ok('profiler dump -f stacks.collapsed');
    const lines = at.read('stacks.collapsed').trimEnd().split('\n');
    let sum = 0;
    for (const line of lines) sum += Number(/^(?:[^;]+;)*[^;]+ (\d+)$/.exec(line)?.[1]);
    assert.equal(sum, done.samples, 'collapsed stacks have every sample');
    assert.ok(
      lines.some((line) => /listOnTimeout \(node:[^;]+;Prices\.burnCpu \(.*hog\.ts:\d+\) \d+$/.test(line)),
    );

    await at.ok('profiler dump -f own.cpuprofile');
    const cpu = JSON.parse(at.read('own.cpuprofile')) as {
      nodes: Node[];
      samples: number[];
      timeDeltas: number[];
    };
    const byId = new Map(cpu.nodes.map((node) => [node.id, node]));
    assert.ok(cpu.nodes.every(({ children }) => children.every((id) => byId.has(id))));
    assert.equal(cpu.samples.length, sum);
    assert.equal(cpu.timeDeltas.length, sum);
    assert.equal(
      cpu.nodes.reduce((all, { hitCount }) => all + hitCount, 0),
      sum,
    );
    const burn = cpu.nodes.find(({ callFrame }) => callFrame.functionName === 'Prices.burnCpu');
    assert.match(burn?.callFrame.url ?? '', /^file:\/\/.*hog\.ts$/);

    await at.ok('profiler dump -f own.pb.gz');
    const pprof = Profile.decode(gunzipSync(at.bytes('own.pb.gz')));
    const text = (index: number | bigint): string => pprof.stringTable.strings[Number(index)] ?? '';
    assert.deepEqual(
      pprof.sampleType.map(({ type }) => text(type)),
      ['samples', 'cpu'],
    );
    assert.equal(
      pprof.sample.reduce((all, { value }) => all + Number(value[0]), 0),
      sum,
    );

    await at.ok('profiler dump -o md -f report.md');
    assert.match(at.read('report.md'), /^# CPU time of hog[\s\S]*\| .*Prices\.burnCpu \(.*hog\.ts:\d+\) \|/);
    assert.match(
      String((await at.ok('profiler dumpFlat 1')).executeResult),
      /Prices\.burnCpu[\s\S]*\.\.\. \d+ more/,
    );
    assert.match(String((await at.ok('profiler dumpCollapsed total')).executeResult), /burnCpu.* \d{7,}\n/);
    assert.match(String((await at.ok('profiler dumpTraces')).executeResult), /\[ 0\] Prices\.burnCpu/);
    assert.equal((await at.ok('profiler getSamples')).executeResult, `${sum}\n`);
    assert.match(
      String((await at.ok('profiler meminfo')).executeResult),
      /^Call trace storage: \d+ functions in 1 call trees/,
    );

    const only = await at.ok("profiler dump -o collapsed -f only.collapsed -I '*burnCpu'");
    assert.ok(
      at
        .read('only.collapsed')
        .trimEnd()
        .split('\n')
        .every((line) => line.includes('burnCpu')),
    );
    const without = await at.ok('profiler dump -o collapsed -f without.collapsed -X burnCpu');
    assert.ok(!at.read('without.collapsed').includes('burnCpu'));
    assert.equal(Number(only.samples) + Number(without.samples), sum);
  });

  it('is read by go tool pprof, line by line', { skip: noGo }, async (t) => {
    const at = await profiled(t, 22);
    await at.ok('profiler start -d 2 --wait -f own.pb.gz');
    const file = join(temporaryFolder(t, 'pprof'), 'own.pb.gz');
    writeFileSync(file, at.bytes('own.pb.gz'));
    const { stdout, stderr } = await goPprof(['-top', '-lines', file]);
    assert.match(stdout, /^Type: cpu$/m, stderr);
    assert.match(stdout, /Prices\.burnCpu \S*typescript\/src\/hog\.ts:(2[5-9]|3[0-4])$/m);
    assert.ok((topRows((await goPprof(['-top', file])).stdout)[0]?.flat ?? 0) > 50);
    const peek = await goPprof(['-tags', file]);
    assert.match(peek.stdout, /thread: Total[\s\S]*main/);
  });

  it('shows worker threads beside the main one, and lets `thread` look at the same time', async (t) => {
    const at = await profiled(t, 22, { file: 'busy-worker.cjs' });
    await at.ok('profiler start -t');
    await sleep(700);
    assert.match(JSON.stringify(await at.exec('thread')), /busy/);
    await sleep(800);
    await at.ok('profiler stop -f threads.collapsed');
    const text = at.read('threads.collapsed');
    assert.match(text, /^worker \d+ \(busy\);.*crunchForEver \(.*busy-worker\.cjs:12\)/m);
    const pprof = await at.ok('profiler dump -f threads.pb.gz');
    assert.match(
      gunzipSync(at.bytes('threads.pb.gz')).toString('latin1'),
      /worker \d+ \(busy\)/,
      JSON.stringify(pprof),
    );
    await at.targets.close('the test is over');
    await assertLetGo(at.process);
  });

  it('wall tells whom the process waited for', async (t) => {
    const at = await profiled(t, 22, { file: 'waits.cjs' });
    const upstream = await get(at.process.port);
    await at.ok('profiler start -e wall -d 2 --wait -f wall.collapsed');
    const text = at.read('wall.collapsed');
    const waited = Number(
      new RegExp(`^\\(idle\\);\\(waiting for 127\\.0\\.0\\.1:${upstream}\\) (\\d+)$`, 'm').exec(text)?.[1],
    );
    const all = text.match(/\d+$/gm)?.reduce((sum, count) => sum + Number(count), 0) ?? 0;
    assert.ok(waited > all * 0.6, text);
  });

  it('one at a time: who comes second is told who has it; stopping, resuming, dumping without one', async (t) => {
    const at = await profiled(t, 22);
    assert.match(await at.fails('profiler stop'), /^1 AsyncProfiler error: Profiler is not active$/);
    assert.match(await at.fails('profiler dump'), /^1 AsyncProfiler error: no profile/);
    assert.match(await at.fails('profiler resume'), /^1 AsyncProfiler error: no profile/);
    assert.match(String((await at.ok('profiler status')).executeResult), /^Profiler is not active\.\n$/);
    await at.ok('profiler start -f first.collapsed');
    assert.match(
      await at.fails('profiler start -e wall'),
      /^1 AsyncProfiler error: hog \(\d+\) is being profiled already by `profiler start -e cpu` of uid:1000, since/,
    );
    await sleep(600);
    assert.match(
      String((await at.ok('profiler status')).executeResult),
      /^Profiling is running for \d+ seconds: CPU time/,
    );
    await at.ok('profiler dump -f second.collapsed');
    await sleep(300);
    const first = await at.ok('profiler stop');
    assert.match(String(first.outputFile), /first\.collapsed$/, 'the name that start was given');
    await at.ok('profiler resume -f third.collapsed');
    await sleep(500);
    const third = await at.ok('profiler stop');
    assert.ok(Number(third.samples) > Number(first.samples), `${third.samples} > ${first.samples}`);
    assert.deepEqual(at.files(), ['first.collapsed', 'second.collapsed', 'third.collapsed']);
  });

  it('start -d ends by itself, and the file is there; `execute` is the same in one word', async (t) => {
    const at = await profiled(t, 22);
    const begun = await at.ok(
      "profiler execute 'start,event=cpu,interval=5ms,duration=1,file=by-itself.html'",
    );
    assert.match(
      String(begun.executeResult),
      /profiler will silent stop after 1 seconds\.\nprofiler output file will be: .*by-itself\.html/,
    );
    await eventually(() => at.files().includes('by-itself.html'), { what: 'the file', timeoutMs: 20_000 });
    assertNoProfiler(at.process.pid);
    assert.match(
      String((await at.ok('profiler status')).executeResult),
      /The profile of cpu ended; it is in .*by-itself\.html.*, \d+ samples/,
    );
    assert.match(at.read('by-itself.html'), /burnCpu/);
  });

  it('says clearly what cannot be', async (t) => {
    const at = await profiled(t, 22);
    const rows: [string, RegExp][] = [
      ['profiler', /^-10 The argument 'action' is required$/],
      ['profiler begin', /unknown action 'begin': there are start, resume/],
      ['profiler start -e cache-misses', /unknown event 'cache-misses': there are cpu, wall, alloc and heap/],
      ['profiler start -e cpu --alloc 1m', /one event at a time/],
      ['profiler start -i 1us', /1000000 samples a second are more than 1000/],
      ['profiler start -i fast', /the interval 'fast' is not nanoseconds/],
      ['profiler start -e alloc -i 1k', /at least 16k/],
      ['profiler start -d 100000', /100000 s are more than the 600 s/],
      ['profiler start -o jfr', /Flight Recorder/],
      ['profiler start -o svg', /unknown format 'svg': there are flamegraph, pprof/],
      ['profiler start -e alloc -f x.cpuprofile', /cannot be written as cpuprofile; -o heapprofile/],
      ['profiler start --wait', /--wait needs -d/],
      ['profiler resume -e heap', /cannot be resumed/],
      ['profiler execute', /needs a line/],
      ['profiler execute start,colour=red', /'colour=red' is no option/],
      ['profiler execute execute', /begins no line/],
    ];
    for (const [line, text] of rows) assert.match(await at.fails(line), text, line);
    assert.deepEqual((await at.ok('profiler actions')).supportedActions, [
      ...[
        'start',
        'resume',
        'stop',
        'dump',
        'status',
        'meminfo',
        'list',
        'version',
        'load',
        'execute',
        'dumpCollapsed',
      ],
      ...['dumpFlat', 'dumpTraces', 'getSamples', 'actions'],
    ]);
    assert.match(
      String((await at.ok('profiler list')).executeResult),
      /cpu[\s\S]*wall[\s\S]*alloc[\s\S]*heap/,
    );
    assert.match(
      String((await at.ok('profiler version')).executeResult),
      /^Remora 1\.2\.3 with the sampling profilers of V8, Node\.js 22/,
    );
    assert.match(String((await at.ok('profiler load')).executeResult), /^Nothing to load/);
    const results = await at.exec(
      'profiler start --cstack dwarf --lock -d 1 --wait -f /tmp/elsewhere/%p.txt',
    );
    const said = results.filter(({ type }) => type === 'message').map(({ message }) => String(message));
    assert.ok(
      said.some((text) => text.startsWith('--cstack has no effect on Node.js')),
      JSON.stringify(said),
    );
    assert.deepEqual(at.files(), [`${at.process.pid}.txt`]);
  });

  it('let go in the middle: nothing is sampled, no file is left, the next one begins', async (t) => {
    const at = await profiled(t, 22);
    await at.ok('profiler start -d 60 -f never.html');
    await eventually(() => isSampled(at.process.pid), { what: 'the sampling' });
    await (await at.targets.attach(String(at.process.pid))).letGo('a test');
    await assertLetGo(at.process);
    assertNoProfiler(at.process.pid);
    await eventually(() => at.files().length === 0, { what: 'the file to go' });
    await at.ok('profiler start -d 1 --wait -f next.collapsed');
    assert.match(at.read('next.collapsed'), /burnCpu/);
  });

  it('interrupted while it waits: what was seen is written; killed: nothing is left', async (t) => {
    const at = await profiled(t, 22);
    const ids = await at.bench.session({ process: String(at.process.pid) });
    const { sessionId } = ids;
    const begin = async (command: string) => {
      const { body } = await at.bench.call({ action: 'async_exec', sessionId, command });
      const runs = async () => (await at.ok('profiler status')).running === true;
      await eventually(runs, { what: 'it to run', timeoutMs: 15_000 });
      return (body as { jobId: number }).jobId;
    };
    await begin('profiler start -d 60 --wait -f cut.collapsed');
    await sleep(500);
    await at.bench.call({ action: 'interrupt_job', sessionId });
    const results = await at.bench.pullUntil(ids, ({ type }) => type === 'status');
    assert.ok(!isSampled(at.process.pid));
    const told = results.map(({ message, executeResult }) => String(message ?? executeResult)).join('\n');
    assert.match(told, /Interrupted after [\d.]+ of 60 s: this is the profile until then/);
    assert.match(told, /OK: \d+ samples in [\d.]+ s/);
    assert.match(at.read('cut.collapsed'), /burnCpu/);
    assert.match(
      String((await at.ok('profiler status')).executeResult),
      /not active\. The profile was interrupted after/,
    );
    const killed = await begin('profiler start -d 60 --wait -f never.html');
    await at.ok(`kill ${killed}`);
    await eventually(() => !isSampled(at.process.pid) && at.files().join() === 'cut.collapsed', {
      what: 'it to be undone',
    });
    assert.match(
      String((await at.ok('profiler status')).executeResult),
      /not active\. The profile was lost: its command was ended/,
    );
  });

  it('suspended: V8 samples nothing, the time stands still, and it goes on with what it has', async (t) => {
    const at = await profiled(t, 22);
    const ids = await at.bench.session({ process: String(at.process.pid) });
    const { sessionId } = ids;
    const start = (command: string) => at.bench.call({ action: 'async_exec', sessionId, command });
    await start('profiler start -e wall -d 2 --wait -o collapsed -f rested.collapsed');
    await eventually(() => isSampled(at.process.pid), { what: 'the sampling', timeoutMs: 15_000 });
    await sleep(400);
    assert.equal((await at.bench.call({ action: 'suspend_job', sessionId })).state, 'SUCCEEDED');
    await eventually(() => !isSampled(at.process.pid), { what: 'V8 to rest' });
    const target = await at.targets.attach(String(at.process.pid));
    const asked = countRequests(target);
    await sleep(2500);
    assert.equal(asked.count(), 0, asked.names());
    const status = String((await at.ok('profiler status')).executeResult);
    const [, samples] = /^Profiling rests \(its job is suspended\).* (\d+) samples/.exec(status) ?? [];
    assert.ok(Number(samples) > 0, status);
    await start('fg');
    await eventually(() => isSampled(at.process.pid), { what: 'the sampling to go on' });
    const results = await at.bench.pullUntil(
      ids,
      ({ type, executeResult }) => type === 'profiler' && executeResult !== undefined,
    );
    const [, total] = /OK: (\d+) samples in 2 s/.exec(JSON.stringify(results)) ?? [];
    assert.ok(Number(total) > Number(samples), `${total} after ${samples}`);
    assert.ok(!isSampled(at.process.pid));

    await start('profiler start -e heap -d 60 --wait -f heap.html');
    await eventually(async () => (await at.ok('profiler status')).running === true, { what: 'it to run' });
    const refused = await eventually(
      async () => {
        const answer = await at.bench.call({ action: 'suspend_job', sessionId });
        return answer.state === 'FAILED' && answer.message;
      },
      { what: 'an answer' },
    );
    assert.match(
      String(refused),
      /cannot be stopped: profiler start -e heap.*\nV8 forgets what a heap profile/,
    );
    await at.bench.call({ action: 'interrupt_job', sessionId });
  });
});
