/**
 * Routes of three services, unprepared but for a stopwatch of their own: a trace shows the planted slow callee, names it as the
 * source does, and says what the stopwatch says.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import type { MethodNode } from '../../../src/diagnose/observe/trace/nodes.js';
import { heaviestPath } from '../../../src/diagnose/observe/trace/renderTrace.js';
import { hits, statusOf } from '../../diagnose/instruments/support/observed.js';
import { agreed, below, type Figure, traced } from '../../diagnose/instruments/support/traced.js';
import type { WireResult } from '../../diagnose/support/bench.js';
import { live } from '../../diagnose/support/liveSession.js';
import { nodeMajors } from '../../support/index.js';
import { slowShop } from './shop.js';

const names = (path: readonly MethodNode[]) => path.map(({ methodName }) => methodName);

describe('a route', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`of a service in TypeScript, bundled and minified as an ES module, on Node ${node}`, async (t) => {
      const at = await live(t, node, { file: 'dist/traced/service.min.mjs' });
      const url = `http://127.0.0.1:${at.process.port}`;
      const results = await traced(at, "trace checkout.ts Checkout.buy '#cost > 50' --depth 2 -n 4", () =>
        fetch(`${url}/?sku=anchor&sku=anchor&sku=anchor`).then((answer) => answer.text()),
      );
      assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
      const figures = (await (await fetch(`${url}/noted`)).json()) as Figure[];
      const root = agreed(results, figures, (tree) => ({
        buy: tree,
        reserve: below(tree, 'reserve'),
        priceOfEverything: below(tree, 'priceOfEverything'),
      }));
      const price = below(root, 'priceOfEverything');
      const reserve = below(root, 'reserve');
      assert.deepEqual(names(heaviestPath(root)).slice(0, 3), ['buy', 'reserve', 'lookOnShelf']);
      // The call and its line are those of the TypeScript source.
      assert.match(`${price.fileName}:${price.lineNumber}`, /checkout\.ts:19$/);
      assert.match(`${reserve.fileName}:${reserve.lineNumber}`, /checkout\.ts:16$/);
      const shelf = below(reserve, 'lookOnShelf');
      assert.match(`${shelf.fileName}:${shelf.lineNumber}`, /warehouse\.ts:32$/);
      assert.match(shelf.className, /:Warehouse$/);
      assert.equal(shelf.times, 3);
    });
  }

  it('of express', async (t) => {
    const at = await live(t, 22, { file: 'traced-express.cjs' });
    const url = `http://127.0.0.1:${at.process.port}`;
    const results = await traced(at, 'trace traced-express.cjs report -n 4', () =>
      fetch(`${url}/report/eve`).then((answer) => answer.text()),
    );
    assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
    const figures = (await (await fetch(`${url}/noted`)).json()) as Figure[];
    const root = agreed(results, figures, (tree) => ({
      renderReport: below(tree, 'renderReport'),
      readOrders: below(tree, 'readOrders'),
    }));
    assert.equal(heaviestPath(root)[0]?.methodName, 'report');
    const read = below(root, 'readOrders');
    // It waited, the other did not.
    assert.ok(Number(read.waitCost) > read.totalCost * 0.9, JSON.stringify(read));
    assert.equal(below(root, 'renderReport').waitCost, undefined);
    assert.equal(below(root, 'renderReport').lineNumber, 37);
    const text = renderResult(hits(results, 'trace')[0] as never, PLAIN_STYLE, 100) ?? '';
    assert.match(text, /└─\[\d+\.\d+ms .*traced-express\.cjs:report\(\)\n/);
    assert.match(text, /─\[\d+\.\d+% \d+\.\d+ms\] .*renderReport\(\) #37/);
  });

  it('of the shop', async (t) => {
    const shop = await slowShop(t);
    const figures: Figure[] = [];
    const results = await traced(
      shop,
      "trace orders.ts OrderService.place '#cost > 300' --depth 6 -n 1",
      async () => {
        const nanoseconds = (await shop.order()) * 1e6;
        figures.push({ at: Date.now(), name: 'place', nanoseconds });
      },
    );
    slowPath(results, figures);
  });
});

function slowPath(results: readonly WireResult[], figures: readonly Figure[]): void {
  assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
  const root = agreed(results, figures, (tree) => ({ place: tree }));
  const path = ['quote', 'validateCoupon', 'lookUpCampaign', 'searchArchive', 'readArchivePage'];
  assert.deepEqual(names(heaviestPath(root)).slice(0, 6), ['place', ...path]);
  const archive = below(root, ...path.slice(0, 4));
  assert.match(archive.className, /pricing\.js$/);
  // Twelve pages of sixty milliseconds, one after the other.
  assert.ok(archive.totalCost > 700e6 && archive.totalCost > root.totalCost * 0.9, JSON.stringify(archive));
  const page = below(archive, 'readArchivePage');
  assert.equal(page.times, 12);
  assert.match(`${page.fileName}:${page.lineNumber}`, /pricing\.ts:71$/);
}
