/** Programs for probed.ts, of everything that declares names, with few names so that they hide one another. */
import fc from 'fast-check';
import { probe } from './probed.js';

/** `@` stands for a probe, `#` for a number of its own, `%` for a name, `&` for one name: filled in at the end. */
const PARAMETERS = ['', '%', '% = @', '{ % = # } = {}', '[% = (@, #)] = []', '...%', '%, % = (@, #)'];
const DECLARATIONS = [
  'var % = #;',
  'let % = #;',
  'const % = #;',
  'var { % = (@, #) } = {};',
  'let [%] = [#];',
  'var %;',
];
/** Around the statements of a body, which stand where `*` does. */
const AROUND = [
  '{*}',
  'if (1) {*}',
  'label: {*}',
  'label: while (O(#)) {*}',
  'switch (@, 1) { case (@, 1):* }',
  'for (let % of (@, [#])) {*}',
  'for (var % of [#]) {*}',
  'for (const % in { k#: @ }) {*}',
  // A probe in its head would meet a variable that each turn copies.
  'for (let % = #; O(#);) {*}',
  'for (@; O(#);) {*}',
  'try { throw # } catch (%) {*}',
  'try { throw { k: # } } catch ({ k: % }) {*}',
  'with (@, {}) {*}',
  'T(class % extends (@, Object) { static { * } });',
  'class & { static f = @; static m() {*} } T(() => &.m());',
  'T(class % { static [(@, "f")] = (@, 1); static { * } });',
  'new (class { field = @; #private() {*} constructor() { this.#private() } })();',
  'try { * } finally { @ }',
];
const FUNCTIONS = [
  'function &($) { if (!O(#)) return;* } T(() => &());',
  'if (1) function &($) { if (!O(#)) return;* } T(() => &());',
  'label: function &($) { if (!O(#)) return;* } T(() => &());',
  'T(function %($) { if (!O(#)) return;* });',
  'T(function ($) { "use strict"; if (!O(#)) return;* });',
  'T(($) => { if (!O(#)) return;* });',
  'T({ &($) {*} }.&);',
  'async function &($) { if (!O(#)) return;* } T(() => &());',
];

const name = fc.constantFrom('a', 'b', 'c', 'd');

const { statements } = fc.letrec<{ statements: string; statement: string }>((tie) => ({
  statements: fc
    .array(tie('statement'), { minLength: 1, maxLength: 4, depthIdentifier: 'program' })
    .map((all) => ` ${all.join(' ')} @; `),
  statement: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'program' },
    { weight: 3, arbitrary: fc.constantFrom('@; @;', ...DECLARATIONS) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.constantFrom(...AROUND, ...FUNCTIONS),
          fc.constantFrom(...PARAMETERS),
          name,
          tie('statements'),
        )
        .map(([around, parameters, own, inner]) =>
          around
            .replace('$', parameters)
            .replaceAll('&', own)
            .replace('*', () => inner),
        ),
    },
  ),
}));

export const programs = fc
  .record({
    body: statements,
    isStrict: fc.boolean(),
    names: fc.array(name, { minLength: 1, maxLength: 40 }),
  })
  .map(({ body, isStrict, names }) => {
    let next = 0;
    let id = 0;
    const nextName = (): string => names[next++ % names.length] as string;
    const filled = body.replace(/[@%]|#(?!private)/g, (mark) =>
      mark === '@' ? probe(++id, nextName()) : mark === '%' ? nextName() : `${++id}`,
    );
    return `${isStrict ? '"use strict";' : ''}${filled}`;
  });
