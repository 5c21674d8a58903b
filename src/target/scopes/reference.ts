import type { Node } from 'acorn';
import type { Scope } from './scope.js';
import type { Variable } from './variable.js';

/**
 * What is done with a name. `call`: `f()`, not `new f()`. `write`: `a = 1`. `update`: `a += 1`, `a++`. `init`: the value of
 * its declaration, `let a = 1`; what it is given by `for (const a of b)`.
 */
export type ReferenceKind = 'read' | 'call' | 'typeof' | 'delete' | 'write' | 'update' | 'init';

export class Reference {
  /** Undefined when the program declares none: it is a global, or nothing. */
  variable: Variable | undefined;

  constructor(
    readonly name: string,
    readonly start: number,
    readonly end: number,
    readonly scope: Scope,
    readonly kind: ReferenceKind,
    /** `{name}`: key and value are one word. */
    readonly isShorthand: boolean,
    /** What is given to it, where that is written there; in a pattern, its default. */
    readonly value?: Node,
  ) {}

  get isWritten(): boolean {
    return this.kind === 'write' || this.kind === 'update' || this.kind === 'init';
  }
}

/** `#name`, outside of the class that declares it. */
export interface PrivateName {
  /** Without `#`. */
  readonly name: string;
  readonly start: number;
  readonly scope: Scope;
}

/** What belongs to the function around it rather than to a name; arrow functions take it from around them. */
export interface Use {
  readonly what: 'this' | 'arguments' | 'super' | 'super()' | 'new.target' | 'import.meta' | 'eval';
  readonly start: number;
  readonly end: number;
  /** Whose it is: a function that is no arrow, a field, a static block; undefined at the top. */
  readonly of: Node | undefined;
  /** Of `import.meta`, the property that is read: `url`. */
  readonly property?: string;
}
