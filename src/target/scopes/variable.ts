import type { Node } from 'acorn';
import type { Reference } from './reference.js';
import type { Scope } from './scope.js';

/**
 * How a variable came to be. `self`: the name of a function expression or a class, seen inside it alone. `namespace`: of
 * `import * as`. `arguments`: what every function but an arrow has. `catch`: what a `catch` caught.
 */
export type VariableKind =
  | 'var'
  | 'let'
  | 'const'
  | 'class'
  | 'function'
  | 'parameter'
  | 'catch'
  | 'self'
  | 'import'
  | 'namespace'
  | 'arguments';

export interface Declaration {
  /** Offset of the name. */
  readonly at: number;
  readonly kind: VariableKind;
  /** Where its dead zone ends: before this offset it cannot be read. 0: it has none. */
  readonly from: number;
  /** What it is given, where that is written there: a function or class that is declared, a parameter's default. */
  readonly value?: Node;
}

export class Variable {
  /** None of `arguments`, and of what the program is given from around it. */
  readonly declarations: Declaration[] = [];
  readonly references: Reference[] = [];
  /** Another function than the one it belongs to uses it: V8 keeps it as long as that lives. */
  isCaptured = false;
  /** Other modules may see it. */
  isExported = false;
  /**
   * The function of a block in sloppy code, seen in the whole function around: it is given that value whenever the
   * block's declaration is run (ECMAScript B.3.2).
   */
  isOfBlock = false;
  /** Of such a function in its block: the variable in the function around. */
  copy: Variable | undefined;

  constructor(
    readonly name: string,
    readonly kind: VariableKind,
    readonly scope: Scope,
  ) {}

  /** Its declaration gives it a value. */
  get isGiven(): boolean {
    return this.#given() > 0;
  }

  /** How often the text gives it a value; 2 stands for any number, as of a `var` in a loop. */
  get values(): number {
    let count = this.#given() + (this.isOfBlock ? 2 : 0);
    for (const { kind } of this.references) if (kind === 'write' || kind === 'update') count += 1;
    return count;
  }

  #given(): number {
    let count = this.declarations.length === 0 ? 1 : 0;
    for (const { kind } of this.declarations)
      if (kind !== 'var' && kind !== 'let' && kind !== 'const') count += 1;
    for (const { kind, scope } of this.references) {
      if (kind === 'init') count += scope.isInLoopOf(this.scope) ? 2 : 1;
    }
    return count;
  }
}
