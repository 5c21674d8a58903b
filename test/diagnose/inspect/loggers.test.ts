/** logger: the libraries in a CommonJS and in an ES module program; levels in force at once, seen in what comes out. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeMajors, type SpawnedTarget } from '../../support/index.js';
import { resultOf, type WireAnswer } from '../support/bench.js';
import { type LiveBench, liveBench, liveTarget } from '../support/liveBench.js';

interface Info {
  readonly level?: string;
  readonly effectiveLevel?: string;
  readonly instances: number;
  readonly classLoader: string;
  readonly otherLevels?: string[];
  readonly appenders: { name: string; file?: string; target?: string; level?: string }[];
}

for (const node of nodeMajors) {
  describe(`loggers on Node ${node}`, { concurrency: 1 }, () => {
    let live: LiveBench;
    let commonJs: SpawnedTarget;
    let esm: SpawnedTarget;
    const folder = mkdtempSync(join(tmpdir(), 'remora-test-loggers-'));
    const file = join(folder, 'billing.log');

    before(async () => {
      live = await liveBench({ allow: ['read', 'observe', 'change'] });
      [commonJs, esm] = await Promise.all([
        liveTarget(node, 'loggers/loggers.cjs', { args: [file] }),
        liveTarget(node, 'loggers/loggers.mjs'),
      ]);
    });

    after(async () => {
      await live.close();
      await Promise.all([commonJs.stop(), esm.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    const exec = (line: string, of = commonJs): Promise<WireAnswer> =>
      live.bench.exec(line, { process: String(of.pid) });

    async function loggers(line: string, of = commonJs): Promise<Map<string, Info>> {
      const answer = await exec(line, of);
      assert.equal(resultOf(answer, 'status').statusCode, 0, JSON.stringify(answer));
      const results = answer.body?.results?.filter(({ type }) => type === 'logger') ?? [];
      return new Map(
        results.flatMap(({ loggerInfoMap }) => Object.entries(loggerInfoMap as Record<string, Info>)),
      );
    }

    async function set(line: string, of = commonJs): Promise<string> {
      const answer = await exec(line, of);
      const { statusCode, message } = resultOf(answer, 'status');
      assert.deepEqual([statusCode, message], [0, 'Update logger level success.'], JSON.stringify(answer));
      return (
        answer.body?.results
          ?.filter(({ type }) => type === 'message')
          .map(({ message: text }) => String(text))
          .join('\n') ?? ''
      );
    }

    it('are found with their levels and appenders', async () => {
      const all = await loggers('logger');
      assert.deepEqual([...all.keys()].sort(), [
        'billing',
        'cart',
        'console',
        'debug',
        'default',
        'mail',
        'shop',
        'shop:trace',
        'stock',
      ]);
      const brief = (name: string) => {
        const { classLoader, level, instances } = all.get(name) as Info;
        return [classLoader, level, instances];
      };
      assert.deepEqual(brief('shop'), ['pino', 'info', 3]);
      assert.deepEqual(all.get('shop')?.otherLevels, ['warn']);
      assert.deepEqual(brief('billing'), ['winston', 'info', 1]);
      assert.deepEqual(brief('mail'), ['winston', 'warn', 1]);
      assert.deepEqual(brief('stock'), ['bunyan', 'info', 2]);
      assert.deepEqual(brief('cart'), ['log4js', 'ERROR', 1]);
      assert.deepEqual(brief('debug'), ['debug', 'off', 1]);
      assert.deepEqual(brief('console'), ['console', undefined, 1]);
      const [, second] = all.get('billing')?.appenders ?? [];
      assert.deepEqual([second?.name, second?.file, second?.level], ['file', file, 'error']);
      assert.equal(all.get('stock')?.appenders[0]?.target, 'stdout');
      assert.equal(all.get('cart')?.appenders[0]?.name, 'out');
      assert.equal((await loggers('logger --heap')).get('hidden')?.level, 'info', 'a closure holds it');
    });

    it('of the console and of nobody cannot be set, and it is said why', async () => {
      const refused = async (line: string): Promise<string> => {
        const { statusCode, message } = resultOf(await exec(line), 'status');
        assert.equal(statusCode, -1);
        return String(message);
      };
      assert.match(
        await refused('logger -n console -l debug'),
        /^Update logger level fail\. the console has no levels/,
      );
      assert.match(
        await refused('logger -n nobody -l debug'),
        /^Update logger level fail\. No logger is named 'nobody'/,
      );
      assert.match(
        await refused('logger -n shop -l loud'),
        /^Update logger level fail\. pino knows the levels/,
      );
      assert.match(await refused('logger -l debug'), /^Update logger level fail\. Name the logger/);
    });

    it('are set at once, children too', async () => {
      assert.match(
        await set('logger -n shop -l debug'),
        /^pino shop: info \(2\), warn \(1\) -> debug, 3 instance\(s\); it stays .*: logger -n shop -l info, which sets all 3$/,
      );
      assert.match(
        await set('logger -n billing -l debug'),
        /transports with a level of their own keep it: file \(error\)/,
      );
      await set('logger -n stock -l debug');
      await set('logger -n cart -l debug');
      await set('logger -n shop:trace -l on');
      assert.match(await set('logger -n hidden -l debug --heap'), /pino hidden: info -> debug/);
      commonJs.write('log');
      await commonJs.waitFor('logged');
      for (const who of [
        'shop',
        'child',
        'stubborn',
        'billing',
        'stock',
        'stock child',
        'cart',
        'trace',
        'hidden',
      ]) {
        await commonJs.waitFor(`${who} says debug`);
      }
      assert.equal((await loggers('logger -n shop')).get('shop')?.level, 'debug');
      await set('logger -n debug -l off');
      await set('logger -n shop -l silent');
      assert.equal((await loggers('logger -n shop:trace')).get('shop:trace')?.level, 'off');
    });

    it('of an ES module are found and set', async () => {
      const all = await loggers('logger', esm);
      for (const name of ['shop', 'billing', 'stock', 'default', 'debug']) assert.ok(all.has(name), name);
      for (const line of [
        '-n shop -l debug',
        '-n billing -l debug',
        '-n stock -l debug',
        '-n cart -l debug',
        '-n debug -l shop:*',
      ]) {
        await set(`logger ${line}`, esm);
      }
      esm.write('log');
      for (const who of ['shop', 'billing', 'stock', 'cart', 'trace']) await esm.waitFor(`${who} says debug`);
    });
  });
}
