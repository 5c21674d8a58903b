import assert from 'node:assert/strict';
import { makeHook, observe, records, runCases, undo, wrap } from './recordingKit.js';

type Fn = (...args: never[]) => unknown;

await runCases([
  ['new, new.target, private fields, subclasses', classes],
  ['statics are shared both ways and kept', statics],
  [
    'an old constructor function works with and without new',
    () => {
      const Old = new Function('x', 'if (new.target) this.x = x;') as never as Fn & {
        new (x: number): { x: number };
        (x: number): unknown;
      };
      const hook = makeHook({ kind: 'constructor' });
      const Wrapped = wrap(hook, Old) as typeof Old;
      observe(hook);
      const made = new Wrapped(4);
      assert.equal(made.x, 4);
      assert.ok(made instanceof Wrapped && made instanceof Old);
      assert.equal((made as object).constructor, Wrapped);
      assert.equal(Wrapped(1), undefined);
      assert.equal(records().length, 2);
      // The old way to inherit.
      const Child = function (this: object, x: number) {
        Wrapped.call(this as never, x as never);
      } as never as { new (x: number): { x?: number }; prototype: object };
      Child.prototype = Object.create(Wrapped.prototype, {});
      assert.ok(new Child(3) instanceof Old);
      undo(hook);
      assert.equal((made as object).constructor, Old);
    },
  ],
  [
    'a replaced prototype is handed on',
    () => {
      const Old = new Function('') as Fn & { new (): object; prototype: object };
      const hook = makeHook();
      const Wrapped = wrap(hook, Old) as typeof Old;
      const other = { mine: true };
      Wrapped.prototype = other;
      undo(hook);
      assert.equal(Old.prototype, other);
    },
  ],
]);

function classes(): void {
  class Cart {
    readonly seen: unknown;
    #secret: number;
    constructor(secret: number) {
      this.seen = new.target;
      this.#secret = secret;
    }
    secret(): number {
      return this.#secret;
    }
  }
  class Before extends Cart {}
  const hook = makeHook({ kind: 'constructor' });
  const Wrapped = wrap(hook, Cart as never as Fn) as never as typeof Cart;
  observe(hook);
  const made = new Wrapped(5);
  assert.equal(made.secret(), 5);
  assert.equal(made.seen, Cart);
  assert.equal(made.constructor, Wrapped);
  assert.ok(made instanceof Cart && made instanceof Wrapped);
  class After extends Wrapped {
    more = 1;
  }
  const after = new After(6);
  assert.equal(after.seen, After);
  assert.equal(after.secret(), 6);
  assert.ok(after instanceof Cart);
  assert.equal(Object.getPrototypeOf(After), Wrapped);
  assert.equal(new Before(1).seen, Before);
  assert.equal((Reflect.construct(Wrapped, [7], Date) as Cart).seen as unknown, Date);
  assert.throws(() => (Wrapped as never as () => void)(), {
    name: 'TypeError',
    message: "Class constructor Cart cannot be invoked without 'new'",
  });
  const seen = records();
  assert.deepEqual(
    seen.map(({ point }) => point),
    ['AtExit', 'AtExit', 'AtExit', 'AtExceptionExit'],
  );
  assert.equal((seen[0] as { value: { '@type': string }[] }).value[1]?.['@type'], 'Cart');
  undo(hook);
  assert.equal(made.constructor, Cart);
  assert.equal(new After(6).secret(), 6);
  assert.equal(records().length, 0);
}

function statics(): void {
  class Base {
    static count = 1;
    static readonly fixed = Object.freeze({});
    static gone = 1;
    plain = 1;
    static get double(): number {
      // biome-ignore lint/complexity/noThisInStatic: the receiver is what is tested
      return this.count * 2;
    }
    static make(): Base {
      return new this();
    }
    static up(): void {
      Base.count += 1;
    }
  }
  const hook = makeHook({ kind: 'constructor' });
  const Wrapped = wrap(hook, Base as never as Fn) as never as typeof Base & { added?: number };
  observe(hook);
  Base.up();
  assert.equal(Wrapped.count, 2);
  Wrapped.count = 10;
  assert.equal(Base.count, 10);
  assert.equal(Wrapped.double, 20);
  assert.ok(Wrapped.make() instanceof Base);
  assert.equal(records().length, 1, 'new this() goes through the wrapper');
  class Child extends Wrapped {}
  Child.count = 5;
  assert.equal(Base.count, 10, 'a static of a subclass is its own');
  assert.equal(Child.double, 10);
  Wrapped.added = 7;
  Reflect.deleteProperty(Wrapped, 'gone');
  undo(hook);
  assert.equal((Base as { added?: number }).added, 7);
  assert.equal('gone' in Base, false);
  Wrapped.added = 8;
  assert.equal((Base as { added?: number }).added, 8, 'shared with who still holds the wrapper');
}
