// A function that makes closures which live on: one of its own, and one that is handed to what runs it.
const { steered } = require('./steered.cjs');

let kept = [];
function leaf(n) {
  return n + 1;
}
function made(n) {
  const later = [];
  const each = [n].map((x) => {
    later.push(() => leaf(x));
    return leaf(x);
  });
  leaf(0);
  leaf(1);
  leaf(2);
  leaf(3);
  leaf(4);
  leaf(5);
  leaf(6);
  leaf(7);
  leaf(8);
  leaf(9);
  leaf(10);
  leaf(11);
  leaf(12);
  leaf(13);
  leaf(14);
  leaf(15);
  leaf(16);
  leaf(17);
  leaf(18);
  leaf(19);
  leaf(20);
  leaf(21);
  leaf(22);
  leaf(23);
  leaf(24);
  leaf(25);
  leaf(26);
  leaf(27);
  leaf(28);
  leaf(29);
  leaf(30);
  leaf(31);
  leaf(32);
  leaf(33);
  leaf(34);
  leaf(35);
  leaf(36);
  leaf(37);
  leaf(38);
  leaf(39);
  queueMicrotask(() => leaf(n));
  return () => later[0]() + each.length * 40 - n;
}

globalThis.require = require;
globalThis.closures = {
  made,
  keep(count) {
    for (let i = 0; i < count; i++) kept.push(closures.made(i));
    return kept.length;
  },
  call: () => kept.reduce((sum, fn) => sum + fn(), 0),
  drop() {
    kept = [];
  },
};
module.exports = globalThis.closures;

steered();
