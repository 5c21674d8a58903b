/** Other texts of functions, compiled in their own frames and run by their wrappers; texts are those that the agent sends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CopyReport, Step } from '../../../src/probe/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const KINDS = 'copies/kinds.cjs';

interface Case {
  readonly name: string;
  readonly kind?: 'getter' | 'setter';
  readonly binding?: 'const';
  readonly call: string;
  readonly before: unknown;
  readonly text: string;
  readonly after: unknown;
  readonly usesSuper?: boolean;
}

const CASES: readonly Case[] = [
  {
    name: 'plain',
    call: '{ const before = t.state().counter; const v = t.plain(3); [v, t.state().counter - before] }',
    before: [6, 1],
    text: '{"plain":function(n){counter+=10;return n*rate*100}}',
    after: [600, 10],
  },
  {
    name: 'sloppy',
    call: 't.sloppy(3, 4)',
    before: '2undefined',
    text: '{"sloppy":function(a){undeclared=a+1;return [arguments.length,typeof nowhere,undeclared]}}',
    after: [2, 'undefined', 4],
  },
  { name: 'fixed', binding: 'const', call: 't.fixed(3)', before: 5, text: '(n)=>n+rate*1000', after: 2003 },
  {
    name: 'named',
    binding: 'const',
    call: 't.named(3)',
    before: 3,
    text: '((again)=>({"again":function(n){return n<=0?100:1+again(n-1)}}))(_$f)',
    after: 103,
  },
  {
    name: 'strict',
    call: '(0, t.strict)(undefined)',
    before: true,
    text: '{"strict":function(self){"use strict";return [this===undefined,self]}}',
    after: [true, null],
  },
  {
    name: 'Made',
    call: '[new t.Made(3).n, new t.Made(2).by, new t.Made(1) instanceof t.Made, new t.Made(4).get()]',
    before: [3, true, true, 4],
    text: '{"Made":function(n){this.n=n*10;this.by=new.target===Made}}',
    after: [30, true, true, 40],
  },
  {
    name: 'Made.get',
    call: 'new t.Made(1).get()',
    before: 1,
    text: '{"get":function(){return this.n+0.5}}',
    after: 1.5,
  },
  {
    name: 'waits',
    call: 't.waits(3)',
    before: 6,
    text: '{"waits":async function(n){await null;return n*rate*7}}',
    after: 42,
  },
  {
    name: 'counts',
    call: '[...t.counts(2)]',
    before: [0, 1],
    text: '{"counts":function*(n){yield "x";yield n}}',
    after: ['x', 2],
  },
  {
    name: 'countsLater',
    call: '(async () => { const all = []; for await (const x of t.countsLater(2)) all.push(x); return all })()',
    before: [0, 1],
    text: '{"countsLater":async function*(n){yield "x";yield n}}',
    after: ['x', 2],
  },
  {
    name: 'Cart.greet',
    call: 'new t.Cart().greet("z")',
    before: 'hello z!',
    text: '{__proto__:_$p,"greet"(name){return super.greet(name)+"??"}}',
    after: 'hello z??',
    usesSuper: true,
  },
  {
    name: 'Cart.kind',
    call: 't.Cart.kind()',
    before: 'cart of base',
    text: '{__proto__:_$p,"kind"(){return `CART ${super.kind()}`}}',
    after: 'CART base',
    usesSuper: true,
  },
  {
    name: 'Cart.total',
    call: 'new t.Cart(1, 2).total()',
    before: 3,
    text: '{"total"(start=5){return this.items.length+start}}',
    after: 7,
  },
  {
    name: 'Cart.peek',
    call: 'new t.Cart().peek()',
    before: 7,
    text: '{"peek"(){this.#secret+=1;return [this.#secret,#secret in this]}}',
    after: [8, true],
  },
  {
    name: 'Cart.callHidden',
    call: 'new t.Cart().callHidden()',
    before: 1,
    text: '{"callHidden"(){return this.#hidden()+100+Cart.#made}}',
    after: 101,
  },
  {
    name: 'Cart.first',
    kind: 'getter',
    call: 'new t.Cart(4).first',
    before: 4,
    text: '{get "first"(){return this.items[0]*10}}',
    after: 40,
  },
  {
    name: 'Cart.first',
    kind: 'setter',
    call: '{ const c = new t.Cart(4); c.first = 5; c.items[0] }',
    before: 5,
    text: '{set "first"(v){this.items[0]=v*10}}',
    after: 50,
  },
  {
    name: 'Cart.later',
    call: 'new t.Cart(4).later(1)',
    before: 8,
    text: '{async "later"(n){await null;return this.#secret+n*10}}',
    after: 17,
  },
  { name: 'table.list', call: 't.table.list(1)', before: 2, text: '{"list"(n){return n+500}}', after: 501 },
  {
    name: 'thrower',
    call: 't.thrower("x")',
    before: 'threw TypeError: x',
    text: '{"thrower":function(text){throw new RangeError(text)}}',
    after: 'threw RangeError: x',
  },
  {
    name: 'wide',
    call: 't.wide({ a: 1, z: 2 }, [1, 2, 3], 4, 5)',
    before: [1, 2, { z: 2 }, 1, [2, 3], [4, 5]],
    text: '{"wide":function({a,b=3,...rest},[c,...d],...e){return [e,d,c,rest,b,a]}}',
    after: [[4, 5], [2, 3], 1, { z: 2 }, 3, 1],
  },
  {
    name: 'imports',
    call: 't.imports("node:path")',
    before: '/',
    text: '{"imports":async function(name){return (await import(name)).sep+"!"}}',
    after: '/!',
  },
];

class Copies {
  readonly subject: Subject;
  #next = 1;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  async hook({ name, kind, binding, call }: Case, lifetimeMs?: number): Promise<number> {
    const entry: Step = binding
      ? { by: 'scope-entry', binding: { name, kind: binding, isTop: true } }
      : { by: 'scope-entry' };
    const plan: Step[] = [{ by: 'exports' }, { by: 'scope-read' }, entry, { by: 'holders' }];
    const spec = this.subject.spec(KINDS, name, { plan, kind, lifetimeMs });
    const report = await this.subject.hook(spec);
    if (report.state === 'pending') await this.subject.calling(spec.hook, call, 'installed');
    return spec.hook;
  }

  async open(hook: number, text: string, usesSuper = false): Promise<CopyReport> {
    const copy = this.#next++;
    const spec = { hook, copy, text: `(${text})`, isStrict: false, usesSuper, when: 'always' };
    return await this.subject.target.worker('instrumentCopy', spec);
  }

  async drop(hook: number, copy: number): Promise<void> {
    await this.subject.target.worker('instrumentUncopy', { hook, copy });
  }

  async until(call: string, value: unknown): Promise<void> {
    let last: unknown;
    await eventually(
      async () => {
        last = await this.subject.ask(call);
        return JSON.stringify(last) === JSON.stringify(value);
      },
      { what: `${call} to give ${JSON.stringify(value)}` },
    ).catch((error: Error) => assert.deepEqual(last, value, error.message));
  }
}

describe('copies of functions', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`every kind, on Node ${node}`, async (t) => {
      const subject = await Subject.start(t, node, KINDS);
      const copies = new Copies(subject);
      for (const each of CASES) {
        const { name, call, before, text, after, usesSuper } = each;
        assert.deepEqual(await subject.ask(call), before, name);
        const hook = await copies.hook(each);
        const { copy, state } = await copies.open(hook, text, usesSuper);
        assert.equal(state, 'waiting', name);
        // The call in whose frame it is compiled is still the old one, or one of several in a call is.
        await subject.ask(call);
        assert.deepEqual(await subject.ask(call), after, name);
        await copies.drop(hook, copy);
        assert.deepEqual(await subject.ask(call), before, `${name}: after it was dropped`);
        await subject.unhook(hook);
        assert.deepEqual(await subject.ask(call), before, `${name}: after the hook was undone`);
      }
      assert.doesNotMatch(subject.process.stderr(), /remora|Error/);
    });
  }

  it('a second one covers the first, at once, and uncovers it again', async (t) => {
    const subject = await Subject.start(t, 22, KINDS);
    const copies = new Copies(subject);
    const [each] = CASES as [Case];
    const hook = await copies.hook(each);
    const first = await copies.open(hook, '{"plain":function(n){return "first "+n*rate}}');
    await copies.until('t.plain(1)', 'first 2');
    const second = await copies.open(hook, '{"plain":function(n){counter=0;return "second "+n*rate}}');
    assert.equal(second.state, 'in-force');
    assert.equal(await subject.ask('t.plain(1)'), 'second 2');
    const broken = await copies.open(hook, '{"plain":function(n){return ]}}');
    assert.equal(broken.state, 'failed');
    assert.match(broken.why, /^SyntaxError: /);
    const none = await copies.open(hook, '7');
    assert.equal(none.why, 'the text gives no function');
    const thrown = await copies.open(hook, '(() => { throw new TypeError("while it is compiled") })()');
    assert.equal(thrown.why, 'TypeError: while it is compiled');
    assert.equal(await subject.ask('t.plain(1)'), 'second 2');
    await copies.drop(hook, second.copy);
    assert.equal(await subject.ask('t.plain(1)'), 'first 2');
    await copies.drop(hook, first.copy);
    assert.equal(await subject.ask('t.plain(1)'), 2);
    await subject.unhook(hook);
  });

  it('closures have one each, in their own scope', async (t) => {
    const subject = await Subject.start(t, 22, KINDS);
    const copies = new Copies(subject);
    await subject.ask('{ t.a = t.counterFrom(10); t.b = t.counterFrom(20); t.a.next() + t.b.next() }');
    const spec = subject.spec(KINDS, 'next', {
      plan: [{ by: 'scope-entry' }, { by: 'holders' }],
    });
    await subject.hook(spec);
    const { copy } = await copies.open(spec.hook, '{"next"(){value+=100;return value}}');
    await eventually(
      async () => (await subject.ask<number>('{ const v = t.a.next(); t.a.next() - v }')) === 100,
      { what: 'the first to run it' },
    );
    await eventually(
      async () => (await subject.ask<number>('{ const v = t.b.next(); t.b.next() - v }')) === 100,
      { what: 'the second to run it' },
    );
    const [a, b] = await subject.ask<number[]>('[t.a.read(), t.b.read()]');
    assert.deepEqual(await subject.ask('[t.a.next(), t.b.next()]'), [(a ?? 0) + 100, (b ?? 0) + 100]);
    await copies.drop(spec.hook, copy);
    assert.deepEqual(await subject.ask('[t.a.next(), t.b.next()]'), [(a ?? 0) + 101, (b ?? 0) + 101]);
    await subject.unhook(spec.hook);
  });

  it('lets go of the arguments of the call that compiled it', async (t) => {
    const subject = await Subject.start(t, 22, KINDS);
    const copies = new Copies(subject);
    const hook = await copies.hook(CASES[0] as Case);
    await copies.open(hook, '{"plain":function(n){return "new"}}');
    await subject.ask(
      '{ let big = { valueOf: () => 4 }; t.ref = new WeakRef(big); t.plain(big); big = undefined; 0 }',
    );
    assert.equal(await subject.ask('t.plain(1)'), 'new');
    await subject.unhook(hook);
    await eventually(
      async () => {
        await subject.ask('t.gc()');
        return (await subject.ask('t.ref.deref() === undefined')) === true;
      },
      { what: 'the arguments to be collected' },
    );
  });

  it('with its lifetime, and when the probe lets go, the function is what it was', async (t) => {
    const subject = await Subject.start(t, 22, KINDS);
    const copies = new Copies(subject);
    const [each] = CASES as [Case];
    await subject.ask('t.was = t.plain, 0');
    const hook = await copies.hook(each, 600);
    await copies.open(hook, '{"plain":function(n){return "new"}}');
    await copies.until('t.plain(1)', 'new');
    assert.equal(
      await subject.ask('String(t.plain) === String(t.was)'),
      true,
      'its text is that of the program',
    );
    await subject.gone(hook);
    assert.deepEqual(await subject.ask('[t.plain(1), t.plain === t.was]'), [2, true]);
    const again = await copies.hook(each);
    await copies.open(again, '{"plain":function(n){return "new"}}');
    await copies.until('t.plain(1)', 'new');
    await subject.ask('t.held = t.plain, 0');
    await subject.target.letGo('the test says so');
    await sleep(50);
    assert.deepEqual(await subject.ask('[t.plain(1), t.plain === t.was, t.held(1)]'), [2, true, 2]);
  });
});
