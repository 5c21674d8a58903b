'use strict';
// What holds a function that nobody can reach by a name: each entry is [register, call].
const { EventEmitter } = require('node:events');
const { Transform } = require('node:stream');

const kinds = {};

{
  const emitter = new EventEmitter();
  emitter.on('x', function inEmitter(n) {
    this.last = n;
  });
  kinds.emitter = (n) => {
    emitter.emit('x', n);
    return emitter.last;
  };

  const many = new EventEmitter();
  many.on('x', function first(n) {
    this.a = n;
  });
  many.on('x', function inArray(n) {
    this.last = n;
  });
  kinds.array = (n) => {
    many.emit('x', n);
    return many.last;
  };

  const map = new Map([
    [
      'k',
      function inMap(n) {
        return n + 1;
      },
    ],
  ]);
  kinds.map = (n) => map.get('k')(n);

  const set = new Set([
    function inSet(n) {
      return n + 2;
    },
  ]);
  kinds.set = (n) => {
    let sum = 0;
    for (const each of set) sum += each(n);
    return sum;
  };

  const later = (fn) => (n) => fn(n);
  kinds.closure = later(function inClosure(n) {
    return n + 3;
  });

  class Holder {
    #h;
    constructor(fn) {
      this.#h = fn;
    }
    run(n) {
      return this.#h(n);
    }
  }
  const holder = new Holder(function inPrivate(n) {
    return n + 4;
  });
  kinds.privateField = (n) => holder.run(n);

  const table = {
    go: function inBound(n) {
      return this.k + n;
    }.bind({ k: 5 }),
  };
  kinds.bound = (n) => table.go(n);

  const layered = function inLayer(n) {
    return n + 6;
  };
  const router = { stack: [{ handle: layered }] };
  router.run = function (n) {
    let r;
    for (const layer of this.stack) r = layer.handle(n);
    return r;
  };
  kinds.layer = (n) => router.run(n);

  const transform = new Transform({ objectMode: true });
  transform._transform = function inStream(chunk, _encoding, done) {
    done(null, chunk);
  };
  transform.resume();
  kinds.stream = (n) => {
    transform.write(n);
    return n;
  };

  class A {
    constructor(n) {
      this.n = n;
    }
  }
  class B extends A {
    twice() {
      return this.n * 2;
    }
  }
  kinds.parent = (n) => new B(n).twice();
  kinds.comparator = (n) =>
    [3, n, 1].sort(function inSort(a, b) {
      return a - b;
    })[0];
}

module.exports = { kinds };
