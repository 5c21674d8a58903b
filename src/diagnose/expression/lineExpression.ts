import { LINE_VARIABLES } from '../../target/index.js';
import type { CallExpression } from './callExpression.js';
import { compileExpression } from './compile.js';
import { badExpression } from './errors.js';
import { fromOgnl } from './ognlSpelling.js';
import { ognlTokens } from './ognlTokens.js';

/** As long as `this`, and no name that a program has. */
const THIS = 'ƭhis';
const SHOWN = [...LINE_VARIABLES.filter((name) => name !== THIS), 'this'];
const GLOBALS = new Set(Object.getOwnPropertyNames(globalThis));
const MOST_NAMES = 40;

/** Names that an expression reads and that may be variables of the program. */
export function lineExpressionNames(text: string): string[] {
  return ognlTokens(text)
    .filter(({ kind }) => kind === 'name')
    .map((token) => token.text);
}

/**
 * Checks and rewrites an expression that is asked at a line: what `watch` takes, with the variables in scope there by
 * their own names.
 * @throws RemoraError `bad-expression`, `expression-too-long`
 */
export function compileLineExpression(
  text: string,
  names: ReadonlySet<string>,
  { unsafe = false } = {},
): CallExpression {
  const known = [...SHOWN, THIS, ...names];
  const compiled = compileExpression(text, {
    unsafe,
    spelled: (given) => fromOgnl(withoutThis(given), known, unsafe),
  });
  const isOurs = new Set<string>(LINE_VARIABLES);
  for (const [name, at] of compiled.roots) {
    if (isOurs.has(name) || names.has(name) || GLOBALS.has(name)) continue;
    const some = [...names].slice(0, MOST_NAMES).join(', ');
    const hint = `In scope are ${SHOWN.join(', ')}, and the variables ${some}; an application's own globals are read as globalThis.NAME`;
    throw badExpression(text, `'${name}' is not known at that line`, at, hint);
  }
  const variables = [...compiled.roots.keys()].filter((name) => isOurs.has(name) || names.has(name));
  return { text, modules: compiled.modules, compiled, variables };
}

/** `this` is the receiver here; the same length, so that places stay. */
function withoutThis(text: string): string {
  const out = text.split('');
  const tokens = ognlTokens(text);
  for (const [index, { kind, text: word, start }] of tokens.entries()) {
    const before = tokens[index - 1]?.text;
    if (kind !== 'name' || word !== 'this' || before === '.' || before === '?.' || before === '#') continue;
    for (let at = 0; at < THIS.length; at++) out[start + at] = THIS[at] as string;
  }
  return out.join('');
}
