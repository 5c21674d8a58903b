import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { types } from 'node:util';
import vm from 'node:vm';
import { isSecretName, SECRET_NAMES } from '../../src/base/index.js';
import { type JsonValue, valueText } from '../../src/diagnose/values/index.js';
import { makeRenderer, type RenderLimits } from '../../src/probe/main/render.js';
import { secretNameTest } from '../../src/probe/main/secretNames.js';
import { ownCpuMilliseconds } from '../support/index.js';

const LIMITS: RenderLimits = {
  depth: 1,
  items: 100,
  string: 8192,
  bytes: 512 * 1024,
  time: 1000,
  secrets: SECRET_NAMES,
};

function raw(value: unknown, limits: Partial<RenderLimits> = {}, name = ''): string {
  return makeRenderer({ types, now: () => performance.now() }, { ...LIMITS, ...limits })(value, name);
}

function json(value: unknown, limits: Partial<RenderLimits> = {}, name = ''): JsonValue {
  return JSON.parse(raw(value, limits, name)) as JsonValue;
}

function text(value: unknown, depth = 1): string {
  return valueText(json(value, { depth }));
}

class Order {
  id = 7;
  items = [1];
  get total(): number {
    throw new Error('a getter ran');
  }
}

describe('a rendered value', () => {
  it('is JSON where JSON can say it', () => {
    const value = { a: 1, b: 'x', c: true, d: null, e: [1, 'y', [2]], f: { g: 1 } };
    assert.deepEqual(json(value, { depth: 3 }), value);
  });

  it('is typed where JSON cannot', () => {
    assert.deepEqual(json([undefined, Number.NaN, -0, 12n, Symbol('s')]), [
      { '@type': 'undefined' },
      { '@type': 'number', '@value': 'NaN' },
      { '@type': 'number', '@value': '-0' },
      { '@type': 'bigint', '@value': '12' },
      { '@type': 'symbol', '@value': 'Symbol(s)' },
    ]);
    assert.deepEqual(json(new Order()), { '@type': 'Order', id: 7, items: { '@type': 'Array', '@size': 1 } });
    assert.deepEqual(json({ '@type': 'mine' }), { '@@type': 'mine' });
    assert.deepEqual(json(new Map([['k', 1]])), { '@type': 'Map', '@size': 1, '@entries': [['k', 1]] });
    assert.deepEqual(json(Object.fromEntries([['__proto__', 1]])), Object.fromEntries([['__proto__', 1]]));
  });

  it('has the text that clients know', () => {
    assert.equal(text('a\nb'), '@String[a\\nb]');
    assert.equal(text(5), '@Number[5]');
    assert.equal(text(null), 'null');
    assert.equal(text(undefined), 'undefined');
    assert.equal(text([1, 'a']), '@Array[\n    @Number[1],\n    @String[a],\n]');
    assert.equal(text([1], 0), '@Array[isEmpty=false;size=1]');
    assert.equal(text([]), '@Array[isEmpty=true;size=0]');
    assert.equal(text({}), '@Object[isEmpty=true;size=0]');
    assert.equal(
      text(new Order()),
      '@Order[\n    id=@Number[7],\n    items=@Array[isEmpty=false;size=1],\n]',
    );
    assert.equal(
      text(new Map([['k', { v: 1 }]]), 2),
      '@Map[\n    @String[k]:@Object[\n        v=@Number[1],\n    ],\n]',
    );
    assert.equal(text(new Set([1])), '@Set[\n    @Number[1],\n]');
    assert.equal(text(new Date(0)), '@Date[1970-01-01T00:00:00.000Z]');
    assert.equal(text(/a\/b/gi), '@RegExp[/a\\/b/gi]');
    assert.equal(text(Order), '@Class[Order]');
    assert.equal(
      text(async () => 1),
      '@AsyncFunction[]',
    );
    assert.equal(
      text(function named() {}),
      '@Function[named]',
    );
    assert.equal(text(new Uint8Array([1, 2])), '@Uint8Array[\n    @Number[1],\n    @Number[2],\n]');
    assert.equal(text(Object.create(null)), '@Object<null>[isEmpty=true;size=0]');
    assert.equal(text(Object(5)), '@Number[5]');
    assert.equal(text(new ArrayBuffer(3)), '@ArrayBuffer[isEmpty=false;size=3]');
    assert.equal(text(Promise.resolve(1)), '@Promise[]');
    assert.equal(text(new URL('http://x/')), '@URL[http://x/]');
    assert.equal(
      text(vm.runInNewContext('[new Date(0)]')),
      '@Array[\n    @Date[1970-01-01T00:00:00.000Z],\n]',
    );
    assert.match(text(new TypeError('no')), /^TypeError: no\n {4}at /);
    assert.equal(text(new TypeError('no'), 0), '@TypeError[TypeError: no]');
    assert.match(
      text({
        get a() {
          return 1;
        },
      }),
      /a=@getter\[\]/,
    );
  });

  it('shows cycles, and where they lead', () => {
    const cycle: Record<string, unknown> = {};
    cycle.inner = { cycle };
    assert.deepEqual(json(cycle, { depth: 4 }), { inner: { cycle: { '@type': 'Object', '@cycle': 2 } } });
  });

  it('keeps its limits', () => {
    assert.deepEqual(json([1, 2, 3], { items: 2 }), {
      '@type': 'Array',
      '@size': 3,
      '@items': [1, 2],
      '@more': 1,
    });
    assert.deepEqual(json('abcdef', { string: 3 }), { '@type': 'string', '@value': 'abc', '@size': 6 });
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, 'x'.repeat(1000)]));
    assert.ok(raw(wide, { items: 1e6, bytes: 10_000 }).length < 20_000);
    const nested = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => Array(200).fill('y')));
    assert.ok(raw(nested, { depth: 4, items: 1e6, bytes: 50_000 }).length < 100_000);
    assert.ok(raw(nested, { depth: 4, items: 1e6, bytes: 1e9, time: 5 }).includes('"@more"'));
  });

  it('is bounded in time for what is huge', () => {
    for (const huge of [
      'x'.repeat(100 * 1024 * 1024),
      new Array(10_000_000).fill(1),
      new Float64Array(10_000_000),
      new Map(Array.from({ length: 200_000 }, (_, at) => [at, at])),
    ]) {
      const started = ownCpuMilliseconds();
      const rendered = raw(huge, { depth: 4 });
      assert.ok(
        ownCpuMilliseconds() - started < 5000,
        `${Object.prototype.toString.call(huge)}: ${ownCpuMilliseconds() - started} ms of CPU`,
      );
      assert.ok(rendered.length < 20_000);
    }
  });

  it('masks secret-looking names, also of map keys and of the value itself', () => {
    assert.deepEqual(json({ password: 'x', pin: 1, nested: { apiKey: 'y', region: 'eu' } }, { depth: 2 }), {
      password: '***',
      pin: 1,
      nested: { apiKey: '***', region: 'eu' },
    });
    assert.deepEqual(json(new Map([['privateKey', 'x']])), {
      '@type': 'Map',
      '@size': 1,
      '@entries': [['privateKey', '***']],
    });
    assert.equal(json('x', {}, 'authToken'), '***');
    assert.deepEqual(json({ token: '', secret: null, cookie: true }), {
      token: '',
      secret: null,
      cookie: true,
    });
    assert.deepEqual(json({ password: 'x' }, { secrets: undefined }), { password: 'x' });
  });

  it('uses the rule of base for names', () => {
    const test = secretNameTest(SECRET_NAMES);
    for (const name of [
      'password',
      'dbPassword',
      'DB_PASSWORD',
      'x-api-key',
      'apiKey',
      'keyboard',
      'monkey',
      'author',
      'authorization',
      'sessionId',
      'session',
      'id',
      'tokens',
      'tokenizer',
      'secretary',
      'client_secret',
      'HTTPCookie',
      'passport',
      '',
      '_',
      'a b',
    ]) {
      assert.equal(test(name), isSecretName(name), name);
    }
  });
});

describe('rendering runs nothing of the application', () => {
  it('no trap, getter, thenable, conversion or hook', () => {
    const touched: string[] = [];
    const touch = (what: string) => () => {
      touched.push(what);
      throw new Error(what);
    };
    const traps = Object.fromEntries(
      Reflect.ownKeys(Reflect)
        .filter((key) => typeof key === 'string')
        .map((key) => [key, touch(`trap ${String(key)}`)]),
    );
    const proxy = new Proxy({}, traps);
    const revoked = Proxy.revocable([], {});
    revoked.revoke();
    class Hostile {
      get a() {
        return touch('getter')();
      }
      toString = touch('toString');
      toJSON = touch('toJSON');
      // biome-ignore lint/suspicious/noThenProperty: a thenable is the point
      then = touch('then');
      [Symbol.toPrimitive] = touch('toPrimitive');
      get [Symbol.toStringTag]() {
        return touch('tag')() as unknown as string;
      }
    }
    const inspected = { [Symbol.for('nodejs.util.inspect.custom')]: touch('inspect') };
    const named = Object.defineProperty(() => 1, 'name', { get: touch('name') });
    const error = Object.defineProperty(new Error('x'), 'message', { get: touch('message') });
    const map = Object.defineProperties(new Map([['a', proxy]]), {
      size: { get: touch('size') },
      entries: { get: touch('entries') },
      [Symbol.iterator]: { get: touch('iterator') },
    });
    const values = [
      proxy,
      new Proxy(() => 1, traps),
      revoked.proxy,
      Object.create(proxy),
      new Hostile(),
      inspected,
      named,
      error,
      map,
      Object.defineProperty({}, 'constructor', { get: touch('constructor') }),
      Object.defineProperty([1, 2], 0, { get: touch('element'), enumerable: true }),
      Object.defineProperty(new Date(0), 'toISOString', { get: touch('toISOString') }),
      Object.setPrototypeOf(new Uint8Array(2), proxy),
      Object.setPrototypeOf(new Error('y'), proxy),
    ];
    for (const value of values) for (const depth of [0, 1, 4]) text(value, depth);
    text(values, 4);
    assert.deepEqual(touched, []);
  });

  it("not even the application's Error.prepareStackTrace", () => {
    let ran = 0;
    const before = Error.prepareStackTrace;
    const error = new Error('hooked');
    Error.prepareStackTrace = () => {
      ran += 1;
      return 'theirs';
    };
    try {
      assert.equal(text(error), '@Error[Error: hooked]');
      assert.equal(ran, 0);
    } finally {
      Error.prepareStackTrace = before;
    }
  });
});
