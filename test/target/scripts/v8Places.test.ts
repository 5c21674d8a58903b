import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { transformSync } from 'esbuild';
import { functionsOf } from '../../../src/target/scripts/functionsOf.js';
import { V8Lines } from '../../../src/target/scripts/textPlaces.js';
import { nodeBinary, nodeMajors } from '../../support/index.js';
import { temporaryFolder } from '../attach/attaching.js';

/** Every way to write a function that somebody can hold. What is exported is walked, so that each is asked about. */
const ZOO =
  `/* lines that only V8 counts: é` +
  '\u2028 */' +
  `
const k = 'dyn', s = Symbol('q');
export function plain(a, b) { return a + b }
export function /*c*/ commented /* ( */ ( a ) /* e */ { return a }
export async function af(a = () => 1, { b } = {}) { await null }
export function* gen() { yield 1 }
export async function * agen () { yield 1 }
export async function /**/ * /*(*/ starred // (
  () { yield 1 }
export const arrow = (a) => a + 1;
export const arrow1 = a => a;
export const arrowObject = () => ({ a: 1 });
export const arrowParen = () => ( /* ( */ 1 );
export const curried = (a) => (b) => a + b; export const inner = curried(1);
export const aarrow = async (x) => { return x };
export const aarrow1 = async x => x;
export const fe = function () { return 1 };
export const nfe = function named() { return 1 };
export const afe = async function () {}, gfe = function* () {};
export class A {
  static count = 0; static #secret = 1;
  constructor(x) { this.x = x; this.late = () => x }
  m() { return 1 } static sm() { return 2 } get g() { return 3 } set g(v) {} static get sg() { return 1 }
  async am() {} *gm() {} async *agm() {} [k + '1']() {} static async [s]() {} 'str lit'() {} 123() {}
  #priv() { return 1 } static #sp() {} get #pg() { return 1 }
  privates() { return [this.#priv, A.#sp, Object.getOwnPropertyDescriptor] }
  field = () => 1; ffield = function () {}; static sfield = () => 2; static async *sagm() {}
  get [k]() { return 1 } static /* static */
    multi /* ( */
    ( a,
      b ) { return a }
  static static() {} static async() {} async() {} get() {} static { this.block = () => 1 }
}
export class B extends A {}
export class C extends A { m() { return super.m() } }
export class D { f = 1 } export const E = class { };
export const F = class Inner { constructor() {} };
class G0 { constructor(a = function () {}) { this.a = a } }
export class G extends (class { constructor() {} }) { static of = class extends G0 {} }
export const objects = {
  m() {}, async am() {}, *g() {}, get x() { return 1 }, set x(v) {}, f: function () {}, a: () => 1, [k]() {},
  'q r'() {}, async *ag() {}, get [k + 'g']() { return 1 }, async: () => 1, get: 1, set() {}, static() {},
  "crlf"() {}, ` +
  '\r\n  carriage() {}, \r  alone() {},' +
  `
};
export let assigned; assigned = function () {}; assigned.more = { deep: () => 1 };
export const made = [new A(1), new A(2).privates(), new G0(), Object.getOwnPropertyDescriptors];
export const bound = plain.bind(null); export default async function () { }
`;

/** Runs in the target: each function that the exports lead to, where V8 says it is and what text it has. */
const COLLECT = `
import { Session } from 'node:inspector';
import { pathToFileURL } from 'node:url';
const url = pathToFileURL(process.argv[2]).href;
const exports = process.argv[2].endsWith('.mjs') ? await import(url) : (await import(url)).default;
const seen = new Set(), found = [];
const walk = (value) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
  seen.add(value);
  if (typeof value === 'function') found.push(value);
  for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) for (const key of ['value', 'get', 'set']) walk(descriptor[key]);
  for (const key of Object.getOwnPropertySymbols(value)) walk(value[key]);
  walk(Object.getPrototypeOf(value));
};
walk(Object.values(exports));
globalThis.found = found;
const session = new Session(); session.connect();
const post = (method, params) => { let got; session.post(method, params, (e, r) => { got = r }); return got };
const scripts = new Map();
session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
post('Debugger.enable');
const rows = [];
for (const [index, fn] of found.entries()) {
  const { result } = post('Runtime.evaluate', { expression: 'found[' + index + ']' });
  const { internalProperties = [] } = post('Runtime.getProperties', { objectId: result.objectId, ownProperties: true });
  const place = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value.value;
  if (!place || ![url, process.argv[2]].includes(scripts.get(place.scriptId))) continue;
  rows.push({ line: place.lineNumber, column: place.columnNumber, text: Function.prototype.toString.call(fn) });
}
console.log(JSON.stringify(rows));
`;

interface Row {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

for (const [name, file, source] of [
  ['as it is written', 'zoo.mjs', ZOO],
  ['minified', 'min.mjs', transformSync(ZOO, { minify: true, format: 'esm' }).code],
  [
    'CommonJS behind a hashbang',
    'zoo.cjs',
    `#!/usr/bin/env node\n${transformSync(ZOO, { format: 'cjs' }).code}`,
  ],
] as const) {
  describe(`V8's places and texts, ${name}`, { concurrency: 4 }, () => {
    for (const major of nodeMajors) {
      it(`are foretold on Node ${major}`, (t) => {
        const folder = temporaryFolder(t, 'places');
        writeFileSync(join(folder, file), source);
        writeFileSync(join(folder, 'collect.mjs'), COLLECT);
        const { stdout, stderr } = spawnSync(
          nodeBinary(major),
          [join(folder, 'collect.mjs'), join(folder, file)],
          { encoding: 'utf8', timeout: 20_000 },
        );
        assert.notEqual(stdout, '', stderr);
        const rows = JSON.parse(stdout) as Row[];
        const lines = new V8Lines(source);
        const { functions } = functionsOf(source, file.endsWith('.mjs'));
        const key = (place: { line: number; column: number }) => `${place.line}:${place.column}`;
        const infos = new Map(functions.map((info) => [key(lines.place(info.facts.location)), info]));
        assert.equal(infos.size, functions.length, 'no two functions at one place');
        const seen = new Set<string>();
        for (const row of rows) {
          const info = infos.get(key(row));
          assert.ok(info, `nothing is foretold at ${key(row)}: ${row.text}`);
          seen.add(key(row));
          assert.equal(source.slice(...info.facts.text), row.text, info.name);
          const [, end] = info.facts.text;
          if (info.kind !== 'constructor') assert.ok(row.text.endsWith(source.slice(info.facts.body, end)));
          assert.ok(info.facts.location < info.facts.body, info.name);
        }
        // What nobody can hold from outside: defaults of parameters, a private getter.
        const unseen = [...infos].filter(([place]) => !seen.has(place)).map(([, info]) => info.name);
        assert.ok(rows.length > 70, `${rows.length} functions`);
        if (file === 'zoo.mjs') assert.deepEqual(unseen, ['a', 'A#pg']);
      });
    }
  });
}
