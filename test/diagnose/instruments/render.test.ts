/** Results of watch, monitor and stack as text for people. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANSI_STYLE, PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';

const WATCH = {
  type: 'watch',
  ts: '2026-11-22 11:00:00.123',
  className: 'src/cart.js:Cart',
  methodName: 'add',
  accessPoint: 'AtExceptionExit',
  cost: 0.25,
  settle: 12.5,
  value: '@Array[\n    @String[\u001b[2J],\n]',
};
const ROW = {
  timestamp: '2026-11-22 11:00:00.123',
  className: 'build/examples/shop/a-folder/of-some-depth/pricing.js:Pricing',
  methodName: 'aMethodOfARatherLongNameWhichGoesOn',
  total: 123456,
  success: 123450,
  failed: 6,
  failRate: 0.25,
  cost: 1,
  avg: 0.125,
  p50: 1234.5,
  p95: 12,
  p99: 9.999,
  max: 120000,
};
const STACK = {
  type: 'stack',
  ts: '2026-11-22 11:00:00.123',
  threadName: 'main',
  threadId: '42',
  daemon: false,
  priority: 0,
  className: 'cart.js',
  methodName: 'add',
  stackTrace: [
    { fileName: '/srv/orders.ts', lineNumber: 3, className: 'Orders', methodName: 'place' },
    {
      fileName: '/srv/routes.ts',
      lineNumber: 9,
      className: 'routes',
      methodName: '<anonymous>',
      async: true,
    },
  ],
};
const ENHANCER = {
  type: 'enhancer',
  success: true,
  effect: {
    classCount: 1,
    methodCount: 2,
    cost: 5,
    listenerId: 7,
    methods: ['cart.js add installed by property'],
  },
};

describe('text of results', () => {
  it('a hit', () => {
    assert.equal(
      renderResult(WATCH, PLAIN_STYLE, 80),
      'method=src/cart.js:Cart.add location=AtExceptionExit\n' +
        'ts=2026-11-22 11:00:00.123; [cost=0.25ms settle=12.5ms] result=@Array[\n    @String[\\x1b[2J],\n]',
    );
  });

  it('a cycle, as wide as the terminal at most, its figures whole', () => {
    for (const width of [120, 100, 88]) {
      const lines = (
        renderResult({ type: 'monitor', monitorDataList: [ROW] }, PLAIN_STYLE, width) ?? ''
      ).split('\n');
      for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`);
      const shown =
        width < 100
          ? /123456 +6 .*0\.13 +1235 +10\.00 +120000$/
          : /123456 +123450 +6 .*0\.13 +1235 +12 +10\.00 +120000$/;
      assert.match(lines[1] ?? '', shown);
    }
  });

  it('a stack, its asynchronous part marked', () => {
    assert.equal(
      renderResult(STACK, PLAIN_STYLE, 80),
      [
        'ts=2026-11-22 11:00:00.123;thread_name=main;id=42;is_daemon=false;priority=0',
        '    @cart.js.add()',
        '        at Orders.place(/srv/orders.ts:3)',
        '        --- async ---',
        '        at routes.<anonymous>(/srv/routes.ts:9)',
      ].join('\n'),
    );
  });

  it('kept calls, one below the other and as wide as the terminal at most', () => {
    const record = {
      index: 1000,
      timestamp: '2026-11-22 11:00:00.123',
      cost: 0.25,
      return: true,
      throw: false,
      object: '0x00000001',
      className: 'build/examples/shop/cart.js:Cart',
      methodName: 'aMethodOfARatherLongName',
      params: [],
      returnObj: '',
      throwExp: '',
    };
    const at = (width: number) =>
      renderResult({ type: 'tt', first: true, timeFragmentList: [record, record] }, PLAIN_STYLE, width) ?? '';
    for (const width of [80, 100, 110, 160]) {
      assert.ok(
        at(width)
          .split('\n')
          .every((line) => line.length <= width),
        String(width),
      );
    }
    assert.match(at(80), /^INDEX +TIME +COST.*\n1000 +11:00:00\.123 +0\.250 +true +false +cart\.js:Cart/);
    assert.match(at(160), /^INDEX +TIMESTAMP .*\n1000 .* 0x00000001 +build\/examples\/shop\/cart\.js:Cart/);
  });

  it('what was reached', () => {
    assert.equal(
      renderResult(ENHANCER, PLAIN_STYLE, 80),
      'Affect(class count: 1, method count: 2) cost in 5 ms\n  cart.js add installed by property',
    );
  });

  it('colours on a terminal, none elsewhere, and none of the target', () => {
    for (const result of [WATCH, STACK, ENHANCER, { type: 'monitor', monitorDataList: [ROW] }]) {
      assert.ok(!renderResult(result, PLAIN_STYLE, 80)?.includes('\u001b'), result.type);
      assert.match(renderResult(result, ANSI_STYLE, 80) ?? '', /\u001b\[\d/, result.type);
      assert.ok(!renderResult(result, ANSI_STYLE, 80)?.includes('\u001b[2J'), result.type);
    }
  });
});
