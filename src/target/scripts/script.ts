/** A script that V8 has loaded, as the debugger domain reports it. */
export interface Script {
  readonly scriptId: string;
  /** As V8 has it: an absolute path, `file://...`, `node:...`, or a made-up name of an eval. */
  readonly url: string;
  /** The file, '' when it comes from none. */
  readonly path: string;
  /**
   * What people call it: `express/lib/router.js` below node_modules, else the path from the process's working folder,
   * else the whole path or URL.
   */
  readonly name: string;
  /** The package below node_modules, '' for the program's own files. */
  readonly packageName: string;
  readonly hash: string;
  /** Characters. */
  readonly length: number;
  /** '' when there is none; `data:` alone when the map is inside the script. */
  readonly sourceMapURL: string;
  readonly isModule: boolean;
  /** Part of Node.js itself. */
  readonly isInternal: boolean;
  /** Where its text begins in what V8 counts, from 0: not 0 for a part of a page or what `vm` was told. */
  readonly startLine?: number;
  readonly startColumn?: number;
  /** It runs in a context of `node:vm`, with globals of its own. */
  readonly isOtherContext?: boolean;
}

/** A place in a generated script; line and column count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type FunctionKind = 'function' | 'arrow' | 'method' | 'getter' | 'setter' | 'constructor';

/** One function of a parsed script. */
export interface FunctionInfo {
  /**
   * `checkout`, `Cart.total` (methods, accessors, statics), `Cart#save` (fields that hold a function, private members),
   * `handlers.list`, `default`; '' when nothing names it.
   */
  readonly name: string;
  readonly kind: FunctionKind;
  /** '' when it belongs to none. */
  readonly className: string;
  readonly isStatic: boolean;
  readonly isPrivate: boolean;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly exported: boolean;
  /** Name of the function around it, '' at the top. */
  readonly within: string;
  /** Source text of each parameter. */
  readonly params: readonly string[];
  readonly start: Place;
  readonly end: Place;
  /** Where its body begins: the brace, or an arrow's expression. */
  readonly body: Place;
  /** Where the word stands that names it; absent when nothing does. */
  readonly nameAt?: Place;
  /** Where the first word stands of a name with several: the class, the object. */
  readonly headAt?: Place;
  /** Offsets of what declares it: with `static async` before a method, `const x =` before an arrow. */
  readonly whole: readonly [start: number, end: number];
  /** Offsets of the function itself. */
  readonly range: readonly [start: number, end: number];
  readonly facts: FunctionFacts;
}

/** What instruments go by. Offsets count in the script's text. */
export interface FunctionFacts {
  /** What `Function.prototype.toString` gives: of a method without `static`, of a constructor its class. */
  readonly text: readonly [start: number, end: number];
  /** V8's [[FunctionLocation]]: where the parameters begin; the class, of a constructor that is not written down. */
  readonly location: number;
  readonly body: number;
  /** The property it is declared under; '' without one, or when it is computed. */
  readonly key: string;
  /** What its `name` property says, unless somebody changed that; '' when it has none. */
  readonly ownName: string;
  /** The variable it is the value of. */
  readonly binding?: BindingInfo;
  /** Made anew with each call of a function around it, each turn of a loop, each instance of a class. */
  readonly isPerCall: boolean;
  /** The constructor of a class that has none of its own. */
  readonly isImplicit: boolean;
  /** Of a class: it must stay itself, since its private static members are bound to it. */
  readonly hasPrivateStatics: boolean;
}

export interface BindingInfo {
  readonly name: string;
  readonly kind: 'function' | 'let' | 'var' | 'const' | 'class' | 'parameter';
  /** There is one instance of it: at the top, or in a function that is called where it stands. */
  readonly isTop: boolean;
  /** It is given more than one value. */
  readonly isReassigned: boolean;
  /**
   * It is read by something that may run again. One that is not has been handed on: `setInterval(tick)` calls what it was
   * given, whatever becomes of the variable.
   */
  readonly isReadLater: boolean;
  /** It is read for other things than to be called: others may hold what it holds. */
  readonly isHandedOn: boolean;
}

export interface FieldInfo {
  readonly name: string;
  readonly isStatic: boolean;
  readonly isPrivate: boolean;
  /** Holds a function. */
  readonly isFunction: boolean;
}

export interface ClassInfo {
  readonly name: string;
  /** Source text of what it extends, '' without. */
  readonly superClass: string;
  readonly exported: boolean;
  readonly within: string;
  readonly fields: readonly FieldInfo[];
  readonly start: Place;
  readonly end: Place;
  readonly nameAt?: Place;
  readonly range: readonly [start: number, end: number];
}

export interface ParsedScript {
  readonly functions: readonly FunctionInfo[];
  readonly classes: readonly ClassInfo[];
}
