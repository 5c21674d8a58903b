/** A trace that is ended before anything was shown: by Ctrl-C in a shell and on the terminal page, over HTTP, by its time. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { makeHome, startCli } from '../../cli/support/cli.js';
import { ConsoleClient, type Wired, wired } from '../../diagnose/support/wired.js';
import { eventually, type SpawnedTarget, spawnTarget } from '../../support/index.js';
import { newTargets } from '../../target/attach/attaching.js';

/** Never true: what is shown is what there is at the end. */
const LINE = "trace traced.cjs api.waits '#cost > 900000' --depth 2 -v";
const INTO = 'looked into (level 2)';
/** `later` waits for its timer, and `waits` for `later`. */
const TREE =
  /\[[\d.]+ms waited=[\d.]+ms\] \S*traced\.cjs:api\.waits\(\) \[in flight\]\s+└─\[\d+\.\d+% [\d.]+ms waited=[\d.]+ms\] \S*traced\.cjs:later\(\) #\d+ \[in flight\]\s+└─\[\d+\.\d+% [\d.]+ms\] await sleep\(…\) #\d+ \[in flight\]/;

let target: SpawnedTarget;
const ends: (() => Promise<void> | void)[] = [];
const t = { after: (end: () => Promise<void> | void) => void ends.push(end) };

before(async () => {
  target = await spawnTarget({ node: 22, file: 'traced.cjs', test: t });
});
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** Calls until the function that is called is looked into as well; then one that does not end. */
async function callsOf(seen: () => string): Promise<void> {
  await eventually(
    () => {
      target.write('return api.waits(1)');
      return seen().includes(INTO);
    },
    { what: `${INTO} in ${seen()}`, intervalMs: 50, timeoutMs: 20_000 },
  );
  target.write('return api.waits(600000)');
  await new Promise((done) => setTimeout(done, 100));
}

/** A session, a command in it, and all that it gave so far. */
async function started(at: Wired, line: string) {
  const ids = await at.session();
  await at.call({ action: 'async_exec', command: line, process: String(target.pid), ...ids });
  const results: Record<string, unknown>[] = [];
  const pull = async (): Promise<void> => {
    const answer = await at.call({ action: 'pull_results', ...ids });
    results.push(...((answer.body as { results?: Record<string, unknown>[] }).results ?? []));
  };
  return { ids, results, pull };
}

it('over HTTP and on the terminal page', async (test) => {
  const at = await wired(test, { targets: newTargets(test) });
  for (const isInterrupted of [true, false]) {
    const job = await started(at, isInterrupted ? LINE : `${LINE} --timeout 6`);
    await callsOf(() => {
      void job.pull();
      return JSON.stringify(job.results);
    });
    if (isInterrupted) await at.call({ action: 'interrupt_job', sessionId: job.ids.sessionId });
    await eventually(
      async () => {
        await job.pull();
        return job.results.some(({ type }) => type === 'status');
      },
      { what: 'the end', timeoutMs: 20_000 },
    );
    const trees = job.results.filter(({ type }) => type === 'trace');
    assert.ok(
      trees.length > 0 && trees.every(({ unfinished }) => unfinished === true),
      JSON.stringify(job.results),
    );
    const [last] = trees.slice(-1);
    assert.ok(last);
    const { children } = last.root as { children: { inFlight: number; times: number }[] };
    assert.deepEqual([children[0]?.inFlight, children[0]?.times], [1, 1]);
    assert.equal(job.results.find(({ type }) => type === 'status')?.statusCode, 0);
  }

  const console = await new ConsoleClient(test, at.port, {
    path: `/ws?quiet=true&process=${target.pid}`,
  }).opened();
  await console.prompt();
  console.type(`${LINE}\r`);
  await callsOf(() => console.text);
  console.type('\x03');
  await console.prompt();
  assert.match(console.text, TREE);
});

it('in a shell', async (test) => {
  const home = makeHome(test);
  const run = startCli(['exec', String(target.pid), LINE], { home });
  await callsOf(() => run.stdout() + run.stderr());
  run.child.kill('SIGINT');
  const { code, stdout, stderr } = await run.end;
  assert.equal(code, 130, stderr);
  assert.match(stdout, TREE, stdout);
});
