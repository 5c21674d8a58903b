/**
 * Which variable each name of a script means, and whether that variable ever changes: a name of which both is known can be
 * handed to a copy of a function as a plain parameter, since a look-up from a debugger's evaluation is dear.
 */
import type { AnyNode, Node } from 'acorn';

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
  | 'namespace';

export interface Variable {
  readonly name: string;
  readonly kind: VariableKind;
  readonly scope: NameScope;
  /** What declared it gives it a value. */
  hasValue: boolean;
  /** Values that it is given beside that. */
  writes: number;
}

export interface Reference {
  readonly name: string;
  readonly at: number;
  readonly scope: NameScope;
  readonly isWrite: boolean;
}

export class NameScope {
  readonly parent: NameScope | undefined;
  readonly node: AnyNode;
  /** Not that of an arrow function: it has `arguments` and `this` of its own. */
  readonly isFunction: boolean;
  readonly names = new Map<string, Variable>();
  usesArguments = false;
  /** What stands in it runs again and again while its variables stay the same. */
  readonly isLoop: boolean;

  constructor(parent: NameScope | undefined, node: AnyNode, isFunction: boolean, isLoop = false) {
    this.parent = parent;
    this.node = node;
    this.isFunction = isFunction;
    this.isLoop = isLoop;
  }

  find(name: string): Variable | undefined {
    for (let scope: NameScope | undefined = this; scope; scope = scope.parent) {
      const found = scope.names.get(name);
      if (found) return found;
    }
    return undefined;
  }
}

export interface Names {
  readonly references: readonly Reference[];
  /** Names that no declaration of the script stands behind, and that it gives a value. */
  readonly writtenGlobals: ReadonlySet<string>;
  /** A direct `eval`, or `with`: then anything may change anything. */
  readonly isDynamic: boolean;
}

export function namesOf(tree: Node): Names {
  const walk = new NameWalk();
  const top = new NameScope(undefined, tree as AnyNode, true);
  walk.visit(tree as AnyNode, top);
  return walk.finish();
}

type FunctionLike = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

class NameWalk {
  readonly #references: Reference[] = [];
  #isDynamic = false;

  finish(): Names {
    const writtenGlobals = new Set<string>();
    for (const { name, scope, isWrite } of this.#references) {
      if (!isWrite) continue;
      const variable = scope.find(name);
      if (variable) variable.writes += 1;
      else writtenGlobals.add(name);
    }
    return { references: this.#references, writtenGlobals, isDynamic: this.#isDynamic };
  }

  visit(node: AnyNode, scope: NameScope): void {
    switch (node.type) {
      case 'Identifier':
        this.#refer(node.name, node.start, scope, false);
        return;
      case 'FunctionDeclaration':
        if (node.id) this.#declareFunction(node.id.name, scope);
        this.#function(node, scope);
        return;
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, scope);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, scope);
        return;
      case 'VariableDeclaration':
        this.#variables(node, scope, false);
        return;
      case 'AssignmentExpression':
        this.#target(node.left as AnyNode, scope);
        if (node.operator !== '=') this.visit(node.left as AnyNode, scope);
        this.visit(node.right as AnyNode, scope);
        return;
      case 'UpdateExpression':
        this.#target(node.argument as AnyNode, scope);
        this.visit(node.argument as AnyNode, scope);
        return;
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#forOf(node, scope);
        return;
      case 'ForStatement':
        this.#children(node, new NameScope(scope, node, false, true));
        return;
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#children(node, new NameScope(scope, node, false, true));
        return;
      case 'BlockStatement':
      case 'SwitchStatement':
      case 'StaticBlock':
        this.#children(node, new NameScope(scope, node, node.type === 'StaticBlock'));
        return;
      case 'CatchClause': {
        const inner = new NameScope(scope, node, false);
        if (node.param) this.#pattern(node.param as AnyNode, inner, 'catch', true);
        this.visit(node.body, inner);
        return;
      }
      case 'WithStatement':
        this.#isDynamic = true;
        this.#children(node, scope);
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') this.#isDynamic = true;
        this.#children(node, scope);
        return;
      case 'Property':
        if (node.computed) this.visit(node.key as AnyNode, scope);
        this.visit(node.value as AnyNode, scope);
        return;
      case 'MethodDefinition':
      case 'PropertyDefinition':
        if (node.computed) this.visit(node.key as AnyNode, scope);
        if (node.value) this.visit(node.value as AnyNode, new NameScope(scope, node, true));
        return;
      case 'MemberExpression':
        this.visit(node.object as AnyNode, scope);
        if (node.computed) this.visit(node.property as AnyNode, scope);
        return;
      case 'LabeledStatement':
        this.visit(node.body as AnyNode, scope);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
        return;
      case 'ImportDeclaration':
        for (const { type, local } of node.specifiers) {
          this.#declare(
            local.name,
            type === 'ImportNamespaceSpecifier' ? 'namespace' : 'import',
            scope,
            true,
          );
        }
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.visit(node.declaration as AnyNode, scope);
        return;
      case 'ExportAllDeclaration':
        return;
      default:
        this.#children(node, scope);
    }
  }

  #function(node: FunctionLike, scope: NameScope): void {
    let outer = scope;
    if (node.type === 'FunctionExpression' && node.id) {
      outer = new NameScope(scope, node, false);
      this.#declare(node.id.name, 'self', outer, true);
    }
    const inner = new NameScope(outer, node, node.type !== 'ArrowFunctionExpression');
    for (const param of node.params) this.#pattern(param as AnyNode, inner, 'parameter', true);
    // The body has a scope of its own only where parameters have values; as one they are told apart just as well.
    if (node.body.type === 'BlockStatement') this.#children(node.body as AnyNode, inner);
    else this.visit(node.body as AnyNode, inner);
  }

  #class(node: Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>, scope: NameScope): void {
    if (node.type === 'ClassDeclaration' && node.id) this.#declare(node.id.name, 'class', scope, true);
    const inner = new NameScope(scope, node, false);
    if (node.id) this.#declare(node.id.name, 'self', inner, true);
    if (node.superClass) this.visit(node.superClass as AnyNode, inner);
    this.#children(node.body as AnyNode, inner);
  }

  #variables(
    node: Extract<AnyNode, { type: 'VariableDeclaration' }>,
    scope: NameScope,
    isGiven: boolean,
  ): void {
    const isVar = node.kind === 'var';
    const home = isVar ? functionOf(scope) : scope;
    const kind: VariableKind = isVar ? 'var' : node.kind === 'let' ? 'let' : 'const';
    for (const { id, init } of node.declarations) {
      const hasValue = isGiven || init !== null;
      this.#pattern(id as AnyNode, home, kind, hasValue, scope);
      if (init) this.visit(init as AnyNode, scope);
      // Run again it gives the one variable another value.
      if (isVar && hasValue && (isGiven || isInLoop(scope, home))) this.#target(id as AnyNode, scope);
    }
  }

  #forOf(node: Extract<AnyNode, { type: 'ForInStatement' | 'ForOfStatement' }>, scope: NameScope): void {
    const inner = new NameScope(scope, node, false, true);
    if (node.left.type === 'VariableDeclaration') this.#variables(node.left as never, inner, true);
    else this.#target(node.left as AnyNode, inner);
    this.visit(node.right as AnyNode, scope);
    this.visit(node.body as AnyNode, inner);
  }

  /** Names that a pattern declares in `home`; what it computes is read in `scope`. */
  #pattern(node: AnyNode, home: NameScope, kind: VariableKind, hasValue: boolean, scope = home): void {
    switch (node.type) {
      case 'Identifier':
        this.#declare(node.name, kind, home, hasValue);
        return;
      case 'AssignmentPattern':
        this.#pattern(node.left as AnyNode, home, kind, hasValue, scope);
        this.visit(node.right as AnyNode, scope);
        return;
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'Property') {
            if (property.computed) this.visit(property.key as AnyNode, scope);
            this.#pattern(property.value as AnyNode, home, kind, hasValue, scope);
          } else this.#pattern(property.argument as AnyNode, home, kind, hasValue, scope);
        }
        return;
      case 'ArrayPattern':
        for (const each of node.elements)
          if (each) this.#pattern(each as AnyNode, home, kind, hasValue, scope);
        return;
      case 'RestElement':
        this.#pattern(node.argument as AnyNode, home, kind, hasValue, scope);
        return;
      default:
        this.visit(node, scope);
    }
  }

  /** Names that are given a value by a pattern which declares none. */
  #target(node: AnyNode, scope: NameScope): void {
    switch (node.type) {
      case 'Identifier':
        this.#refer(node.name, node.start, scope, true);
        return;
      case 'AssignmentPattern':
        this.#target(node.left as AnyNode, scope);
        this.visit(node.right as AnyNode, scope);
        return;
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'Property') {
            if (property.computed) this.visit(property.key as AnyNode, scope);
            this.#target(property.value as AnyNode, scope);
          } else this.#target(property.argument as AnyNode, scope);
        }
        return;
      case 'ArrayPattern':
        for (const each of node.elements) if (each) this.#target(each as AnyNode, scope);
        return;
      case 'RestElement':
        this.#target(node.argument as AnyNode, scope);
        return;
      case 'MemberExpression':
        this.visit(node, scope);
        return;
      default:
        this.visit(node, scope);
    }
  }

  #declareFunction(name: string, scope: NameScope): void {
    const isBlock = scope.node.type === 'BlockStatement' || scope.node.type === 'SwitchStatement';
    const variable = this.#declare(name, 'function', scope, true);
    // In sloppy code it is a `var` of the function as well, given its value on the way.
    if (!isBlock) return;
    variable.writes += 1;
    this.#declare(name, 'var', functionOf(scope), true).writes += 1;
  }

  #declare(name: string, kind: VariableKind, scope: NameScope, hasValue: boolean): Variable {
    const known = scope.names.get(name);
    if (known) {
      if (hasValue) known.writes += known.hasValue ? 1 : 0;
      known.hasValue ||= hasValue;
      return known;
    }
    const variable: Variable = { name, kind, scope, hasValue, writes: 0 };
    scope.names.set(name, variable);
    return variable;
  }

  #refer(name: string, at: number, scope: NameScope, isWrite: boolean): void {
    if (name === 'arguments') argumentsOf(scope).usesArguments = true;
    this.#references.push({ name, at, scope, isWrite });
  }

  #children(node: AnyNode, scope: NameScope): void {
    for (const child of childrenOf(node)) this.visit(child, scope);
  }
}

function functionOf(scope: NameScope): NameScope {
  let at = scope;
  while (at.parent && !isFunctionScope(at)) at = at.parent;
  return at;
}

function argumentsOf(scope: NameScope): NameScope {
  let at = scope;
  while (at.parent && !at.isFunction) at = at.parent;
  return at;
}

function isFunctionScope({ node, isFunction }: NameScope): boolean {
  return isFunction || node.type === 'ArrowFunctionExpression';
}

function isInLoop(scope: NameScope, home: NameScope): boolean {
  for (let at: NameScope | undefined = scope; at && at !== home; at = at.parent) if (at.isLoop) return true;
  return false;
}

/** The nodes below a node, in the order in which they are written. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const each of value as unknown[]) if (isNode(each)) children.push(each);
    } else if (isNode(value)) children.push(value);
  }
  return children.sort((a, b) => a.start - b.start);
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}
