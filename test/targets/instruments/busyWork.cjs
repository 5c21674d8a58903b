'use strict';
// A function of about a microsecond, so that a loop of nothing else calls it a million times a second.

let sum = 0;

function hot(n) {
  let x = n | 1;
  for (let i = 0; i < 1100; i++) x = (Math.imul(x, 48271) + i) | 0;
  sum = (sum + x) | 0;
  return x;
}

async function later(n) {
  await null;
  return n;
}

module.exports = { hot, later };
