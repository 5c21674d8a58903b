import type { AnyNode } from 'acorn';
import { Variable } from './variable.js';

/**
 * `function`: its parameters and, unless those compute something, its variables; else these are in its `body`. `self`: the
 * name of a function expression, around it. `field`: the value of one, a function of its own; `static`: a static block.
 * `block`: what `{}`, `switch` and the like hold; `loop`: a loop with what its head declares.
 */
export type ScopeKind =
  | 'top'
  | 'function'
  | 'body'
  | 'self'
  | 'class'
  | 'field'
  | 'static'
  | 'block'
  | 'loop'
  | 'catch'
  | 'with';

export class Scope {
  readonly variables = new Map<string, Variable>();
  /** Of a class: what it declares, without `#`. */
  readonly privateNames: ReadonlySet<string>;
  /** A direct `eval` stands in it or in a function inside: V8 keeps all its variables. */
  hasEval = false;
  readonly isStrict: boolean;
  readonly start: number;
  readonly end: number;

  constructor(
    readonly kind: ScopeKind,
    readonly node: AnyNode,
    readonly parent: Scope | undefined,
    {
      isStrict = parent?.isStrict ?? false,
      start = node.start,
      privateNames = NONE,
    }: {
      readonly isStrict?: boolean;
      readonly start?: number;
      readonly privateNames?: ReadonlySet<string>;
    } = {},
  ) {
    this.isStrict = isStrict;
    this.start = start;
    this.end = node.end;
    this.privateNames = privateNames;
  }

  /** The function it is in, as V8 has functions; the top outside of all. */
  get function(): Scope {
    return this.#nearest(({ kind }) => FUNCTIONS.has(kind));
  }

  /** Where a `var` in it goes. */
  get home(): Scope {
    return this.#nearest(({ kind }) => FUNCTIONS.has(kind) || kind === 'body');
  }

  /** What `this` and `arguments` are taken from: no arrow function. */
  get receiver(): Scope {
    return this.#nearest(({ kind, node }) => FUNCTIONS.has(kind) && node.type !== 'ArrowFunctionExpression');
  }

  /** Of a function or class: where it stands. */
  get around(): Scope {
    const parent = this.parent ?? this;
    return parent.kind === 'self' ? (parent.parent ?? parent) : parent;
  }

  find(name: string): Variable | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const found = scope.variables.get(name) ?? (name === 'arguments' ? scope.#arguments() : undefined);
      if (found) return found;
    }
    return undefined;
  }

  isWithin(other: Scope): boolean {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) if (scope === other) return true;
    return false;
  }

  /** Between the two stands a loop: what is done here may be done again, to the same variable. */
  isInLoopOf(other: Scope): boolean {
    for (let scope: Scope | undefined = this; scope && scope !== other; scope = scope.parent)
      if (scope.kind === 'loop') return true;
    return false;
  }

  #nearest(test: (scope: Scope) => boolean): Scope {
    let scope: Scope = this;
    while (scope.parent && !test(scope)) scope = scope.parent;
    return scope;
  }

  #arguments(): Variable | undefined {
    if (this.kind !== 'function' || this.node.type === 'ArrowFunctionExpression') return undefined;
    const variable = new Variable('arguments', 'arguments', this);
    this.variables.set('arguments', variable);
    return variable;
  }
}

const NONE: ReadonlySet<string> = new Set();
const FUNCTIONS: ReadonlySet<ScopeKind> = new Set(['top', 'function', 'field', 'static']);
