/** Functions of blocks in sloppy code, which the whole function around them sees as well (ECMAScript B.3.2). */
import type { Scope } from './scope.js';
import { Variable } from './variable.js';

/** A function declared in a block. */
export interface BlockFunction {
  readonly name: string;
  readonly at: number;
  readonly block: Scope;
}

/** Gives each its `var`, unless a `var` of that name in its place were an error. To be called when all is declared. */
export function hoist(functions: readonly BlockFunction[]): void {
  for (const { name, at, block } of functions) {
    const { home } = block;
    if (!isFree(name, block, home)) continue;
    let variable = home.variables.get(name);
    if (!variable) {
      variable = new Variable(name, 'var', home);
      home.variables.set(name, variable);
      variable.declarations.push({ at, kind: 'var', from: 0 });
    }
    variable.isOfBlock = true;
    const own = block.variables.get(name);
    if (own) own.copy = variable;
  }
}

function isFree(name: string, block: Scope, home: Scope): boolean {
  for (let scope = block.parent; scope && scope !== home; scope = scope.parent) {
    if (scope.variables.has(name) && !isPlainCatch(scope)) return false;
  }
  const parameters = home.kind === 'body' ? home.parent : home;
  if (parameters?.variables.get(name)?.kind === 'parameter') return false;
  const kind = home.variables.get(name)?.kind ?? 'var';
  return kind === 'var' || kind === 'function';
}

/** `catch (e)` may be followed by `var e`. */
function isPlainCatch({ node }: Scope): boolean {
  return node.type === 'CatchClause' && node.param?.type === 'Identifier';
}
