/** Names, and where code uses them. */
import type { AnyNode, Node } from 'acorn';

export type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly scope: Scope;
  readonly isWritten: boolean;
  /** `typeof name`, which may be of nothing. */
  readonly isAsked: boolean;
  /** `{name}`: key and value are one word. */
  readonly isShorthand: boolean;
  /** `name()`. */
  readonly isCalled: boolean;
}

export class Scope {
  readonly names = new Set<string>();
  /** Of these, the ones that are used in another function than the one they are declared in: V8 keeps them. */
  readonly captured = new Set<string>();
  constructor(
    readonly parent: Scope | undefined,
    /** What it belongs to; the tree itself at the top. */
    readonly owner: Node,
    readonly isFunction: boolean,
    readonly isStrict: boolean,
  ) {}

  get ofFunction(): Scope {
    let scope: Scope = this;
    while (!scope.isFunction && scope.parent) scope = scope.parent;
    return scope;
  }

  find(name: string): Scope | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent)
      if (scope.names.has(name)) return scope;
    return undefined;
  }
}

/** What belongs to the function around it rather than to a name; arrow functions take it from around them. */
export interface Uses {
  readonly what: 'this' | 'arguments' | 'super' | 'new.target' | 'import.meta' | 'eval' | 'super()';
  readonly start: number;
  readonly end: number;
  /** The innermost function that is no arrow; undefined outside of all. */
  readonly of: Node | undefined;
  /** The innermost function of all. */
  readonly within: Node | undefined;
  /** Of `import.meta`, the property that is read: `url`. */
  readonly property?: string;
}

export interface PrivateName {
  readonly name: string;
  readonly start: number;
}

export interface Analysis {
  readonly references: readonly Reference[];
  readonly uses: readonly Uses[];
  readonly privateNames: readonly PrivateName[];
  /** Names that a class declares, with `#` left out. */
  readonly declaredPrivate: ReadonlyMap<Node, ReadonlySet<string>>;
  /** The scope in which a function stands, and its own. */
  readonly around: ReadonlyMap<Node, Scope>;
  readonly inside: ReadonlyMap<Node, Scope>;
  /** Functions and classes around a function, the nearest first. */
  readonly enclosing: ReadonlyMap<Node, readonly Node[]>;
  readonly top: Scope;
}
