'use strict';
// Callers that V8 has optimised while a binding was never reassigned; the functions are too large to be inlined.
// biome-ignore-start lint: the lines below are there to be many.

/** Whether something without a file is on the stack: a wrapper. */
function wrappers() {
  return new Error().stack.split('\n').some((line) => / \(<anonymous>:/.test(line));
}

function hotFunction(n) {
  if (n === -1) return wrappers() * 1e9;
  let x = n;
  x = (x * 3 + n) % 1000;
  x = (x * 4 + n) % 1001;
  x = (x * 5 + n) % 1002;
  x = (x * 6 + n) % 1003;
  x = (x * 7 + n) % 1004;
  x = (x * 8 + n) % 1005;
  x = (x * 9 + n) % 1006;
  x = (x * 10 + n) % 1007;
  x = (x * 11 + n) % 1008;
  x = (x * 12 + n) % 1009;
  x = (x * 13 + n) % 1010;
  x = (x * 14 + n) % 1011;
  x = (x * 15 + n) % 1012;
  x = (x * 16 + n) % 1013;
  x = (x * 17 + n) % 1014;
  x = (x * 18 + n) % 1015;
  x = (x * 19 + n) % 1016;
  x = (x * 20 + n) % 1017;
  x = (x * 21 + n) % 1018;
  x = (x * 22 + n) % 1019;
  x = (x * 23 + n) % 1020;
  x = (x * 24 + n) % 1021;
  x = (x * 25 + n) % 1022;
  x = (x * 26 + n) % 1023;
  x = (x * 27 + n) % 1024;
  x = (x * 28 + n) % 1025;
  x = (x * 29 + n) % 1026;
  x = (x * 30 + n) % 1027;
  x = (x * 31 + n) % 1028;
  x = (x * 32 + n) % 1029;
  x = (x * 33 + n) % 1030;
  x = (x * 34 + n) % 1031;
  x = (x * 35 + n) % 1032;
  x = (x * 36 + n) % 1033;
  x = (x * 37 + n) % 1034;
  x = (x * 38 + n) % 1035;
  return x & 7;
}
const hotConstant = (n) => {
  if (n === -1) return wrappers() * 1e9;
  let x = n;
  x = (x * 3 + n) % 1000;
  x = (x * 4 + n) % 1001;
  x = (x * 5 + n) % 1002;
  x = (x * 6 + n) % 1003;
  x = (x * 7 + n) % 1004;
  x = (x * 8 + n) % 1005;
  x = (x * 9 + n) % 1006;
  x = (x * 10 + n) % 1007;
  x = (x * 11 + n) % 1008;
  x = (x * 12 + n) % 1009;
  x = (x * 13 + n) % 1010;
  x = (x * 14 + n) % 1011;
  x = (x * 15 + n) % 1012;
  x = (x * 16 + n) % 1013;
  x = (x * 17 + n) % 1014;
  x = (x * 18 + n) % 1015;
  x = (x * 19 + n) % 1016;
  x = (x * 20 + n) % 1017;
  x = (x * 21 + n) % 1018;
  x = (x * 22 + n) % 1019;
  x = (x * 23 + n) % 1020;
  x = (x * 24 + n) % 1021;
  x = (x * 25 + n) % 1022;
  x = (x * 26 + n) % 1023;
  x = (x * 27 + n) % 1024;
  x = (x * 28 + n) % 1025;
  x = (x * 29 + n) % 1026;
  x = (x * 30 + n) % 1027;
  x = (x * 31 + n) % 1028;
  x = (x * 32 + n) % 1029;
  x = (x * 33 + n) % 1030;
  x = (x * 34 + n) % 1031;
  x = (x * 35 + n) % 1032;
  x = (x * 36 + n) % 1033;
  x = (x * 37 + n) % 1034;
  x = (x * 38 + n) % 1035;
  return x & 3;
};
let hotLet = (n) => {
  if (n === -1) return wrappers() * 1e9;
  let x = n;
  x = (x * 3 + n) % 1000;
  x = (x * 4 + n) % 1001;
  x = (x * 5 + n) % 1002;
  x = (x * 6 + n) % 1003;
  x = (x * 7 + n) % 1004;
  x = (x * 8 + n) % 1005;
  x = (x * 9 + n) % 1006;
  x = (x * 10 + n) % 1007;
  x = (x * 11 + n) % 1008;
  x = (x * 12 + n) % 1009;
  x = (x * 13 + n) % 1010;
  x = (x * 14 + n) % 1011;
  x = (x * 15 + n) % 1012;
  x = (x * 16 + n) % 1013;
  x = (x * 17 + n) % 1014;
  x = (x * 18 + n) % 1015;
  x = (x * 19 + n) % 1016;
  x = (x * 20 + n) % 1017;
  x = (x * 21 + n) % 1018;
  x = (x * 22 + n) % 1019;
  x = (x * 23 + n) % 1020;
  x = (x * 24 + n) % 1021;
  x = (x * 25 + n) % 1022;
  x = (x * 26 + n) % 1023;
  x = (x * 27 + n) % 1024;
  x = (x * 28 + n) % 1025;
  x = (x * 29 + n) % 1026;
  x = (x * 30 + n) % 1027;
  x = (x * 31 + n) % 1028;
  x = (x * 32 + n) % 1029;
  x = (x * 33 + n) % 1030;
  x = (x * 34 + n) % 1031;
  x = (x * 35 + n) % 1032;
  x = (x * 36 + n) % 1033;
  x = (x * 37 + n) % 1034;
  x = (x * 38 + n) % 1035;
  return x & 1;
};
function manyCalled(n) {
  if (n === -1) return wrappers() * 1e9;
  let x = n;
  x = (x * 3 + n) % 1000;
  x = (x * 4 + n) % 1001;
  x = (x * 5 + n) % 1002;
  x = (x * 6 + n) % 1003;
  x = (x * 7 + n) % 1004;
  x = (x * 8 + n) % 1005;
  x = (x * 9 + n) % 1006;
  x = (x * 10 + n) % 1007;
  x = (x * 11 + n) % 1008;
  x = (x * 12 + n) % 1009;
  x = (x * 13 + n) % 1010;
  x = (x * 14 + n) % 1011;
  x = (x * 15 + n) % 1012;
  x = (x * 16 + n) % 1013;
  x = (x * 17 + n) % 1014;
  x = (x * 18 + n) % 1015;
  x = (x * 19 + n) % 1016;
  x = (x * 20 + n) % 1017;
  x = (x * 21 + n) % 1018;
  x = (x * 22 + n) % 1019;
  x = (x * 23 + n) % 1020;
  x = (x * 24 + n) % 1021;
  x = (x * 25 + n) % 1022;
  x = (x * 26 + n) % 1023;
  x = (x * 27 + n) % 1024;
  x = (x * 28 + n) % 1025;
  x = (x * 29 + n) % 1026;
  x = (x * 30 + n) % 1027;
  x = (x * 31 + n) % 1028;
  x = (x * 32 + n) % 1029;
  x = (x * 33 + n) % 1030;
  x = (x * 34 + n) % 1031;
  x = (x * 35 + n) % 1032;
  x = (x * 36 + n) % 1033;
  x = (x * 37 + n) % 1034;
  x = (x * 38 + n) % 1035;
  return x & 1;
}
// biome-ignore-end lint: as above

/** Ends with a call that tells whether it went through a wrapper. */
function callsFunction(n) {
  let sum = 0;
  for (let i = n - 2; i >= -1; i--) sum += hotFunction(i);
  return sum;
}
function callsConstant(n) {
  let sum = 0;
  for (let i = n - 2; i >= -1; i--) sum += hotConstant(i);
  return sum;
}
function callsLet(n) {
  let sum = 0;
  for (let i = n - 2; i >= -1; i--) sum += hotLet(i);
  return sum;
}

function many0(n) {
  let sum = 0;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many1(n) {
  let sum = 1;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many2(n) {
  let sum = 2;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many3(n) {
  let sum = 3;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many4(n) {
  let sum = 4;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many5(n) {
  let sum = 5;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many6(n) {
  let sum = 6;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many7(n) {
  let sum = 7;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many8(n) {
  let sum = 8;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many9(n) {
  let sum = 9;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many10(n) {
  let sum = 10;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many11(n) {
  let sum = 11;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many12(n) {
  let sum = 12;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
function many13(n) {
  let sum = 13;
  for (let i = n - 2; i >= -1; i--) sum += manyCalled(i);
  return sum;
}
const many = [
  many0,
  many1,
  many2,
  many3,
  many4,
  many5,
  many6,
  many7,
  many8,
  many9,
  many10,
  many11,
  many12,
  many13,
];

module.exports = {
  callsFunction,
  callsConstant,
  callsLet,
  callsMany(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) for (const each of many) sum += each(3);
    return sum;
  },
  setLet(fn) {
    hotLet = fn;
  },
};
