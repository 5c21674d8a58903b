/** getstatic and vmtool on a CommonJS and an ES module program, on each Node: what is read, and that nothing was run. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setLimit } from '../../../src/base/index.js';
import { nodeMajors, type SpawnedTarget } from '../../support/index.js';
import { resultOf, type WireAnswer, type WireResult } from '../support/bench.js';
import { type LiveBench, liveBench, liveTarget } from '../support/liveBench.js';

for (const node of nodeMajors) {
  describe(`static values on Node ${node}`, { concurrency: 1 }, () => {
    let live: LiveBench;
    let commonJs: SpawnedTarget;
    let esm: SpawnedTarget;

    before(async () => {
      live = await liveBench();
      [commonJs, esm] = await Promise.all([
        liveTarget(node, 'statics/statics.cjs'),
        liveTarget(node, 'statics/statics.mjs'),
      ]);
    });

    after(async () => {
      await live.close();
      await Promise.all([commonJs.stop(), esm.stop()]);
    });

    const exec = (line: string, of = commonJs): Promise<WireAnswer> =>
      live.bench.exec(line, { process: String(of.pid) });

    async function fields(line: string, of = commonJs): Promise<Map<string, WireResult>> {
      const answer = await exec(line, of);
      assert.ok(!JSON.stringify(answer).includes('topsecret'), 'secrets are masked');
      assert.equal(resultOf(answer, 'status').statusCode, 0, JSON.stringify(answer));
      const rows = answer.body?.results?.filter(({ type }) => type === 'getstatic') ?? [];
      assert.equal(resultOf(answer, 'row_affect').rowCount, rows.length);
      return new Map(rows.map((row) => [String(row.fieldName), row]));
    }

    it('getstatic reads variables that nobody exports', async () => {
      const all = await fields('getstatic counted.cjs *');
      assert.deepEqual([...all.keys()].sort(), [
        'Vault',
        'counter',
        'increase',
        'lazy',
        'more',
        'password',
        'settings',
        'touched',
        'touches',
        'trap',
        'version',
      ]);
      assert.equal(all.get('counter')?.field, '@Number[41]');
      assert.equal(all.get('counter')?.kind, 'variable');
      assert.equal(all.get('version')?.kind, 'export');
      assert.equal(all.get('password')?.field, '@String[***]');
      assert.equal(all.get('trap')?.field, '@Proxy[]');
      assert.deepEqual(all.get('settings')?.json, {
        limits: { '@type': 'Object', '@size': 1 },
        apiKey: '***',
      });
      const one = await fields("getstatic counted.cjs settings 'limits.items + value.limits.items'");
      assert.equal(one.get('settings')?.field, '@Number[14]');
      const deep = await fields('getstatic counted.cjs settings -x 2');
      assert.deepEqual(deep.get('settings')?.json, { limits: { items: 7 }, apiKey: '***' });
    });

    it('getstatic reads static fields, private ones too, and no accessor', async () => {
      const all = await fields('getstatic Vault *');
      assert.deepEqual(
        [...all].map(([name, { field, kind }]) => [name, field, kind]),
        [
          ['TAX', '@Number[19]', 'static'],
          ['#total', '@Number[7]', 'private static'],
        ],
      );
      assert.deepEqual([...(await fields('getstatic -E Vaul. T.X')).keys()], ['TAX']);
    });

    it('getstatic reads an ES module', async () => {
      const all = await fields('getstatic statics.mjs *', esm);
      assert.equal(all.get('counter')?.field, '@Number[41]');
      assert.deepEqual(all.get('rates')?.json, [1, 2, 3]);
      assert.deepEqual([...(await fields('getstatic Vault *', esm)).keys()], ['TAX', '#total']);
    });

    it('getstatic says what is wrong', async () => {
      const refused = async (line: string): Promise<string> => {
        const { statusCode, message } = resultOf(await exec(line), 'status');
        assert.equal(statusCode, -1, line);
        return String(message);
      };
      assert.equal(await refused('getstatic nowhere.js x'), 'No class found for: nowhere.js');
      assert.match(
        await refused('getstatic counted.cjs unseen'),
        /^No field of .*counted\.cjs fits 'unseen': there are Vault, /,
      );
      assert.match(await refused('getstatic *.cjs x'), /^3 modules or classes fit/);
      assert.match(
        await refused("getstatic counted.cjs settings 'value.missing.deeper'"),
        /^the expression threw: TypeError/,
      );
      assert.match(await refused("getstatic counted.cjs settings 'value = 1'"), /assignment/);
      assert.match(await refused("getstatic counted.cjs lazy 'String(value)'"), /refused|--unsafe|would run/);
    });

    it('vmtool finds instances, and keeps none', async () => {
      const found = async (line: string): Promise<WireResult> => {
        const answer = await exec(line);
        assert.equal(resultOf(answer, 'status').statusCode, 0, JSON.stringify(answer));
        assert.match(
          String(resultOf(answer, 'message').message),
          /stops the main thread for about/,
          'its stall is announced',
        );
        return resultOf(answer, 'vmtool');
      };
      const all = await found(
        "vmtool -a getInstances --className Basket -l -1 --express 'instances.map(b => b.number)'",
      );
      // Those of the class that extends it are among them, its prototype is not.
      assert.deepEqual(
        [...(all.json as number[])].sort((a, b) => a - b),
        [...Array(25).keys(), 100, 200],
      );
      assert.equal(all.instanceCount, 27);
      assert.ok(Number(all.stallMs) >= 0);
      if (node !== 22) return;
      const few = await found('vmtool -a getInstances --className basket.cjs:GiftBasket -l 1 -x 2');
      assert.equal((few.json as unknown[]).length, 1);
      assert.equal(
        (await found("vmtool -a getInstances --className net:Socket --express 'instances.length > 0' -l -1"))
          .json,
        true,
      );
      assert.equal(
        (
          await found(
            "vmtool -a getInstances --className Map --express 'instances.some(m => m.size === 25)' -l -1",
          )
        ).json,
        true,
      );
      const freed = await found('vmtool -a forceGc');
      assert.ok(Number(freed.heapAfter) > 0);
    });

    it('vmtool analyzes the heap and who holds what', async () => {
      const heap = resultOf(await exec('vmtool -a heapAnalyze --classNum 400 --objectNum 3'), 'vmtool');
      const classes = heap.classes as { className: string; instances: number; bytes: number }[];
      assert.ok(
        classes.every((each, at) => at === 0 || each.bytes <= (classes[at - 1]?.bytes ?? 0)),
        'most bytes first',
      );
      assert.ok((classes.find(({ className }) => className === 'Basket')?.instances ?? 0) >= 25);
      assert.equal((heap.objects as unknown[]).length, 3);
      assert.match(String(heap.value), /^class_number: \d+\nobject_number: \d+/);
      const holders = resultOf(
        await exec('vmtool -a referenceAnalyze --className Basket --backtraceNum -1'),
        'vmtool',
      );
      assert.equal(holders.instanceCount, 25);
      const [most] = holders.chains as { instances: number; chain: string[] }[];
      assert.equal(most?.instances, 24, 'all but the one that a variable of its own names');
      assert.ok(
        most?.chain.some((each) => each.startsWith('variable baskets of')),
        JSON.stringify(most),
      );
    });

    it('vmtool refuses what harms or has no meaning', async () => {
      const refused = async (line: string): Promise<string> => {
        const { statusCode, message } = resultOf(await exec(line), 'status');
        assert.notEqual(statusCode, 0, line);
        return String(message);
      };
      assert.match(await refused('vmtool -a mallocTrim'), /^mallocTrim is not applicable to Node\.js: /);
      assert.match(await refused('vmtool -a interruptThread -t 1'), /^interruptThread is not applicable/);
      assert.equal(await refused('vmtool -a getInstances'), 'The className option cannot be empty!');
      assert.equal(
        await refused('vmtool -a getInstances --className Nobody'),
        "No class found for: Nobody; a class of Node.js's own is named with its module, such as http:Server",
      );
      if (node !== 22) return;
      assert.match(
        await refused('vmtool -a referenceAnalyze --className Nobody'),
        /^No instance of Nobody is in the heap/,
      );
      setLimit('heap-search-bytes=1000');
      setLimit('heap-analyze-bytes=1000');
      try {
        assert.match(
          await refused('vmtool -a getInstances --className Basket'),
          /^refused: .* is the limit heap-search-bytes/,
        );
        assert.match(await refused('vmtool -a heapAnalyze'), /^refused: .* is the limit heap-analyze-bytes/);
        const forced = await exec('vmtool -a getInstances --className Basket --force');
        assert.equal(resultOf(forced, 'status').statusCode, 0);
      } finally {
        setLimit(`heap-search-bytes=${100 * 1024 * 1024}`);
        setLimit(`heap-analyze-bytes=${32 * 1024 * 1024}`);
      }
    });

    it('ran nothing of the program, and keeps nothing of it alive', async () => {
      commonJs.write('');
      await commonJs.waitFor('touched 0 of 25, 24');
      commonJs.write('drop');
      await commonJs.waitFor('touched 0 of 0, 0');
      const left = await exec('vmtool -a getInstances --className Basket --express instances.length');
      assert.equal(resultOf(left, 'vmtool').instanceCount, 3, 'one new, two gifts');
    });
  });
}
