/**
 * By which variable a function or class is known where it is made, and how often it is made: what decides how an
 * instrument can get hold of it (DESIGN 3.6). A walk of its own over the tree, since names of people (functionsOf.ts)
 * and names of the language have little in common.
 */
import type { AnyNode, Node } from 'acorn';
import type { BindingInfo } from './script.js';

export interface MadeAs {
  /** The variable it is the value of, undefined when it is none's. */
  readonly binding?: BindingInfo;
  /** Made anew with each call of a function around it, each turn of a loop, each instance of a class. */
  readonly isPerCall: boolean;
}

type Kind = BindingInfo['kind'];

interface Variable {
  readonly name: string;
  readonly kind: Kind;
  readonly isTop: boolean;
  /** How often it is given a value: by its declaration, and by assignments. */
  values: number;
  isReadLater: boolean;
  isHandedOn: boolean;
}

interface Write {
  readonly scope: Scope;
  readonly name: string;
  /** What is assigned, when it is a function or a class. */
  readonly value?: Node;
}

interface Read {
  readonly scope: Scope;
  readonly name: string;
  readonly isCall: boolean;
}

/** How often a function that stands here runs is not known, unless it is called where it stands: `(() => {})()`. */
interface Surroundings {
  readonly isOnce: boolean;
}

class Scope {
  readonly names = new Map<string, Variable>();
  constructor(
    readonly parent: Scope | undefined,
    readonly isFunction: boolean,
    readonly isOnce: boolean,
    /** What stands in it may run again, or has yet to run: a function, the body of a loop. */
    readonly repeats = false,
  ) {}

  get functionScope(): Scope {
    let scope: Scope = this;
    while (!scope.isFunction && scope.parent) scope = scope.parent;
    return scope;
  }

  find(name: string): Variable | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const found = scope.names.get(name);
      if (found) return found;
    }
    return undefined;
  }
}

/** Functions and classes of a tree. */
export function bindingsOf(tree: Node): Map<Node, MadeAs> {
  const walk = new BindingWalk();
  walk.visit(tree as AnyNode, new Scope(undefined, true, true), { isOnce: false });
  return walk.finish();
}

class BindingWalk {
  readonly #made = new Map<Node, { variable?: Variable; isPerCall: boolean }>();
  readonly #writes: Write[] = [];
  readonly #reads: Read[] = [];

  finish(): Map<Node, MadeAs> {
    // Only now is everything declared that can be: `var` and functions may stand below what uses them.
    for (const { scope, name, value } of this.#writes) {
      const variable = scope.find(name);
      if (!variable) continue;
      variable.values += 1;
      const made = value && this.#made.get(value);
      if (made) made.variable = variable;
    }
    for (const read of this.#reads) resolve(read);
    const found = new Map<Node, MadeAs>();
    for (const [node, { variable, isPerCall }] of this.#made) {
      if (!variable) {
        found.set(node, { isPerCall });
        continue;
      }
      const { name, kind, isTop, values, isReadLater, isHandedOn } = variable;
      const isReassigned = values > 1;
      found.set(node, { binding: { name, kind, isTop, isReassigned, isReadLater, isHandedOn }, isPerCall });
    }
    return found;
  }

  visit(node: AnyNode, scope: Scope, around: Surroundings): void {
    switch (node.type) {
      case 'FunctionDeclaration':
        if (node.id) this.#make(node, this.#declare(scope, node.id.name, 'function', true), scope);
        this.#function(node, scope, false);
        return;
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, scope, around.isOnce);
        return;
      case 'ClassDeclaration':
        if (node.id) this.#make(node, this.#declare(scope, node.id.name, 'class', true), scope);
        this.#class(node, scope);
        return;
      case 'ClassExpression':
        this.#class(node, scope);
        return;
      case 'VariableDeclaration':
        this.#variables(node, scope);
        return;
      case 'AssignmentExpression':
        this.#assignment(node, scope);
        return;
      case 'Identifier':
        this.#reads.push({ scope, name: node.name, isCall: false });
        return;
      case 'Property':
        if (node.computed) this.visit(node.key as AnyNode, scope, NEVER);
        this.visit(node.value as AnyNode, scope, NEVER);
        return;
      case 'UpdateExpression':
        this.#write(node.argument as AnyNode, scope);
        this.#children(node, scope);
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier')
          this.#reads.push({ scope, name: node.callee.name, isCall: true });
        else this.visit(node.callee as AnyNode, scope, { isOnce: scope.isOnce });
        // `(function (root, factory) {})(this, function () {})`: what such a function is given, it calls once.
        for (const argument of node.arguments) {
          this.visit(argument as AnyNode, scope, isMade(node.callee) ? { isOnce: scope.isOnce } : NEVER);
        }
        return;
      case 'MemberExpression':
        // `(function () {}).call(this)`
        this.visit(node.object as AnyNode, scope, isCall(node) ? around : NEVER);
        if (node.computed) this.visit(node.property as AnyNode, scope, NEVER);
        return;
      case 'BlockStatement':
      case 'SwitchStatement':
        this.#children(node, new Scope(scope, false, scope.isOnce));
        return;
      case 'CatchClause':
        this.#catch(node, scope);
        return;
      case 'StaticBlock':
        this.#children(node, new Scope(scope, true, scope.isOnce));
        return;
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#children(node, new Scope(scope, false, false, true));
        return;
      case 'ForInStatement':
      case 'ForOfStatement':
        if (node.left.type !== 'VariableDeclaration') this.#write(node.left as AnyNode, scope);
        this.#children(node, new Scope(scope, false, false, true));
        return;
      default:
        this.#children(node, scope);
        return;
    }
  }

  #make(node: Node, variable: Variable | undefined, scope: Scope): void {
    this.#made.set(node, { variable, isPerCall: !scope.isOnce });
  }

  #function(node: FunctionNode, scope: Scope, isCalledHere: boolean): void {
    if (!this.#made.has(node)) this.#make(node, undefined, scope);
    const isOnce = isCalledHere || (scope.isOnce && isModuleOfBundle(node));
    const inner = new Scope(scope, true, isOnce, !isOnce);
    for (const param of node.params) this.#pattern(param as AnyNode, inner, 'parameter');
    // Its own name is a variable of its own, inside; a parameter of that name hides it.
    if (node.type === 'FunctionExpression' && node.id && !inner.names.has(node.id.name)) {
      this.#declare(inner, node.id.name, 'function', true);
    }
    if (node.body.type === 'BlockStatement') this.#children(node.body, inner);
    else this.visit(node.body as AnyNode, inner, NEVER);
  }

  #class(node: ClassNode, scope: Scope): void {
    if (!this.#made.has(node)) this.#make(node, undefined, scope);
    if (node.superClass) this.visit(node.superClass as AnyNode, scope, NEVER);
    const inner = new Scope(scope, false, scope.isOnce);
    if (node.id) this.#declare(inner, node.id.name, 'class', true);
    const perInstance = new Scope(inner, true, false, true);
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        this.visit(member, inner, NEVER);
        continue;
      }
      if (member.computed) this.visit(member.key as AnyNode, inner, NEVER);
      if (!member.value) continue;
      const isField = member.type === 'PropertyDefinition' && !member.static;
      this.visit(member.value as AnyNode, isField ? perInstance : inner, NEVER);
    }
  }

  #variables(node: Extract<AnyNode, { type: 'VariableDeclaration' }>, scope: Scope): void {
    const kind: Kind = node.kind === 'var' || node.kind === 'let' ? node.kind : 'const';
    const owner = kind === 'var' ? scope.functionScope : scope;
    for (const { id, init } of node.declarations) {
      if (id.type === 'Identifier') {
        const variable = this.#declare(owner, id.name, kind, init != null);
        if (init && isMade(init)) this.#make(init, variable, scope);
      } else {
        this.#pattern(id as AnyNode, owner, kind, scope);
      }
      if (init) this.visit(init as AnyNode, scope, NEVER);
    }
  }

  #assignment(node: Extract<AnyNode, { type: 'AssignmentExpression' }>, scope: Scope): void {
    this.#write(node.left as AnyNode, scope, isMade(node.right) ? node.right : undefined);
    // `x += 1` reads x, too, but not to call it.
    if (node.left.type !== 'Identifier') this.visit(node.left as AnyNode, scope, NEVER);
    this.visit(node.right as AnyNode, scope, NEVER);
  }

  /** Declares what a pattern binds, and visits what stands in it. `scope` is where its default values stand. */
  #pattern(node: AnyNode, owner: Scope, kind: Kind, scope = owner): void {
    switch (node.type) {
      case 'Identifier':
        this.#declare(owner, node.name, kind, true);
        return;
      case 'AssignmentPattern': {
        this.#pattern(node.left as AnyNode, owner, kind, scope);
        if (node.left.type === 'Identifier' && isMade(node.right)) {
          this.#make(node.right, owner.names.get(node.left.name), scope);
        }
        this.visit(node.right as AnyNode, scope, NEVER);
        return;
      }
      case 'RestElement':
        this.#pattern(node.argument as AnyNode, owner, kind, scope);
        return;
      case 'ArrayPattern':
        for (const each of node.elements) if (each) this.#pattern(each as AnyNode, owner, kind, scope);
        return;
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') this.#pattern(property, owner, kind, scope);
          else {
            if (property.computed) this.visit(property.key as AnyNode, scope, NEVER);
            this.#pattern(property.value as AnyNode, owner, kind, scope);
          }
        }
        return;
      default:
        this.visit(node, scope, NEVER);
    }
  }

  #catch(node: Extract<AnyNode, { type: 'CatchClause' }>, scope: Scope): void {
    const inner = new Scope(scope, false, scope.isOnce);
    if (node.param) this.#pattern(node.param as AnyNode, inner, 'let');
    this.#children(node.body, inner);
  }

  /** Variables that an assignment to this gives a value. */
  #write(left: AnyNode, scope: Scope, value?: Node): void {
    switch (left.type) {
      case 'Identifier':
        this.#writes.push({ scope, name: left.name, value });
        return;
      case 'AssignmentPattern':
        this.#write(left.left as AnyNode, scope);
        return;
      case 'RestElement':
        this.#write(left.argument as AnyNode, scope);
        return;
      case 'ArrayPattern':
        for (const each of left.elements) if (each) this.#write(each as AnyNode, scope);
        return;
      case 'ObjectPattern':
        for (const each of left.properties) {
          this.#write((each.type === 'RestElement' ? each : each.value) as AnyNode, scope);
        }
        return;
      default:
    }
  }

  #declare(scope: Scope, name: string, kind: Kind, hasValue: boolean): Variable {
    let variable = scope.names.get(name);
    if (!variable) {
      variable = { name, kind, isTop: scope.isOnce, values: 0, isReadLater: false, isHandedOn: false };
      scope.names.set(name, variable);
    }
    if (hasValue) variable.values += 1;
    return variable;
  }

  #children(node: Node, scope: Scope): void {
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) {
        for (const each of child) if (isNode(each)) this.visit(each, scope, NEVER);
      } else if (isNode(child)) {
        this.visit(child, scope, NEVER);
      }
    }
  }
}

type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;
type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>;

const NEVER: Surroundings = { isOnce: false };

function isCall(node: Extract<AnyNode, { type: 'MemberExpression' }>): boolean {
  return (
    !node.computed &&
    node.property.type === 'Identifier' &&
    (node.property.name === 'call' || node.property.name === 'apply')
  );
}

/** A module as bundlers wrap it: `(module, exports, __webpack_require__) => {}`, `"cart.js"(exports, module) {}`. */
function isModuleOfBundle({ params: [first] }: FunctionNode): boolean {
  return first?.type === 'Identifier' && /^(exports|module|__(unused_)?webpack_\w+)$/.test(first.name);
}

/** Notes a read in something that may run again; a function that reads its own variable does: it may arm a timer anew. */
function resolve({ scope, name, isCall }: Read): void {
  let isRepeated = false;
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const variable = at.names.get(name);
    if (variable) {
      variable.isReadLater ||= isRepeated;
      variable.isHandedOn ||= !isCall;
      return;
    }
    isRepeated ||= at.repeats;
  }
}

function isMade(node: Node): boolean {
  return /^(Function|ArrowFunction|Class)Expression$/.test(node.type);
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}
