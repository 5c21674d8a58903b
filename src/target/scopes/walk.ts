/** One pass over a tree: makes its scopes, declares in them, and notes what is used where. */
import type { AnyNode, Node } from 'acorn';
import { type RecursiveVisitors, recursive } from 'acorn-walk';
import type { AnalysisOptions } from './analysis.js';
import type { BlockFunction } from './blockFunctions.js';
import { type ClassNode, type FunctionNode, isMade } from './nodes.js';
import { computesSomething, forEachLeaf } from './patterns.js';
import { type PrivateName, Reference, type ReferenceKind, type Use } from './reference.js';
import { Scope, type ScopeKind } from './scope.js';
import { Variable, type VariableKind } from './variable.js';

type Of<T extends AnyNode['type']> = Extract<AnyNode, { type: T }>;
type Named = Pick<Of<'Identifier'>, 'name' | 'start' | 'end'>;

export class Walk {
  readonly top: Scope;
  readonly scopes: Scope[] = [];
  readonly references: Reference[] = [];
  readonly uses: Use[] = [];
  readonly privateNames: PrivateName[] = [];
  readonly blockFunctions: BlockFunction[] = [];
  readonly calledWhereMade = new Set<Node>();
  /** Of the top. */
  readonly exported: string[] = [];
  /** Walks on below a node. */
  #into: (node: AnyNode, scope: Scope) => void = () => {};

  constructor(tree: AnyNode, { isStrict = false, parameters = [] }: AnalysisOptions) {
    const options = { isStrict: isStrict || hasDirective(tree) };
    this.top = new Scope('top', tree, undefined, options);
    this.scopes.push(this.top);
    for (const name of parameters) this.top.variables.set(name, new Variable(name, 'parameter', this.top));
    recursive(tree, this.top, this.#visitors);
  }

  /** What is not here is walked through as acorn-walk does it. */
  readonly #visitors: RecursiveVisitors<Scope> = {
    Program: ({ body }, scope, into) => {
      this.#into = into;
      this.#all(scope, body);
    },
    Identifier: (node, scope) => this.#refer(node, scope, 'read'),
    ThisExpression: (node, scope) => this.#use('this', node, scope),
    Super: (node, scope) => this.#use('super', node, scope),
    MetaProperty: (node, scope) =>
      this.#use(node.meta.name === 'new' ? 'new.target' : 'import.meta', node, scope),
    PrivateIdentifier: ({ name, start }, scope) => this.privateNames.push({ name, start, scope }),
    MemberExpression: (node, scope) => this.#member(node, scope),
    Property: (node, scope) => {
      if (node.shorthand && node.value.type === 'Identifier')
        this.#refer(node.value, scope, 'read', { isShorthand: true });
      else this.#all(scope, [node.computed && node.key, node.value]);
    },
    CallExpression: (node, scope) => this.#call(node, scope),
    UnaryExpression: ({ operator, argument }, scope) => {
      const isOfName = argument.type === 'Identifier' && (operator === 'typeof' || operator === 'delete');
      if (isOfName) this.#refer(argument, scope, operator);
      else this.#all(scope, [argument]);
    },
    UpdateExpression: ({ argument }, scope) => this.#assign(argument, scope, 'update'),
    AssignmentExpression: ({ left, operator, right }, scope) => {
      this.#assign(left, scope, operator === '=' ? 'write' : 'update', right);
      this.#all(scope, [right]);
    },

    VariableDeclaration: (node, scope) => {
      for (const { id, init, end } of node.declarations) {
        this.#declareIn(id, scope, kindOf(node), end, init ? { value: init } : undefined);
        this.#all(scope, [init]);
      }
    },
    FunctionDeclaration: (node, scope) => {
      if (node.id) this.#declareFunction(node, node.id, scope);
      this.#function(node, scope);
    },
    FunctionExpression: (node, scope) => this.#function(node, scope),
    ArrowFunctionExpression: (node, scope) => this.#function(node, scope),
    ClassDeclaration: (node, scope) => {
      if (node.id) declare(node.id, scope, 'class', node.end, node);
      this.#class(node, scope);
    },
    ClassExpression: (node, scope) => this.#class(node, scope),
    ImportDeclaration: ({ specifiers }, scope) => {
      for (const { type, local } of specifiers) {
        const kind = type === 'ImportNamespaceSpecifier' ? 'namespace' : 'import';
        declare(local, scope, kind, 0);
      }
    },
    ExportNamedDeclaration: (node, scope) => this.#export(node, scope),
    ExportDefaultDeclaration: ({ declaration }, scope) => {
      if ('id' in declaration && declaration.id) this.exported.push(declaration.id.name);
      this.#all(scope, [declaration]);
    },
    ExportAllDeclaration: () => {},

    BlockStatement: (node, scope) => this.#all(this.#open('block', node, scope), node.body),
    IfStatement: ({ test, consequent, alternate }, scope) => {
      this.#all(scope, [test]);
      // `if (a) function f() {}`: as if it stood in a block.
      for (const each of [consequent, alternate])
        if (each)
          this.#all(each.type === 'FunctionDeclaration' ? this.#open('block', each, scope) : scope, [each]);
    },
    SwitchStatement: (node, scope) => {
      this.#all(scope, [node.discriminant]);
      this.#all(this.#open('block', node, scope, { start: node.discriminant.end }), node.cases);
    },
    WithStatement: (node, scope) => {
      this.#all(scope, [node.object]);
      this.#all(this.#open('with', node, scope, { start: node.object.end }), [node.body]);
    },
    CatchClause: (node, scope) => {
      const inner = this.#open('catch', node, scope);
      if (node.param) this.#declareIn(node.param, inner, 'catch', node.param.end);
      this.#all(inner, [node.body]);
    },
    ForStatement: (node, scope) =>
      this.#all(this.#open('loop', node, scope), [node.init, node.test, node.update, node.body]),
    WhileStatement: (node, scope) => this.#all(this.#open('loop', node, scope), [node.test, node.body]),
    DoWhileStatement: (node, scope) => this.#all(this.#open('loop', node, scope), [node.test, node.body]),
    ForInStatement: (node, scope) => this.#forEach(node, scope),
    ForOfStatement: (node, scope) => this.#forEach(node, scope),
  };

  #all(scope: Scope, nodes: readonly (Node | null | undefined | false)[]): void {
    for (const each of nodes) if (each) this.#into(each as AnyNode, scope);
  }

  #open(kind: ScopeKind, node: Node, parent: Scope, options?: ConstructorParameters<typeof Scope>[3]): Scope {
    const scope = new Scope(kind, node as AnyNode, parent, options);
    this.scopes.push(scope);
    return scope;
  }

  #function(node: FunctionNode, around: Scope): void {
    const isStrict = around.isStrict || hasDirective(node.body as AnyNode);
    let outer = around;
    if (node.type === 'FunctionExpression' && node.id) {
      outer = this.#open('self', node, around, { isStrict });
      declare(node.id, outer, 'self', 0);
    }
    const scope = this.#open('function', node, outer, { isStrict });
    const isApart = computesSomething(node.params);
    for (const each of node.params) this.#declareIn(each, scope, 'parameter', isApart ? each.end : 0);
    if (node.body.type !== 'BlockStatement') this.#all(scope, [node.body]);
    else this.#all(isApart ? this.#open('body', node.body, scope) : scope, node.body.body);
  }

  #class(node: ClassNode, around: Scope): void {
    const privateNames = new Set<string>();
    const scope = this.#open('class', node, around, { isStrict: true, privateNames });
    if (node.id) declare(node.id, scope, 'self', node.end);
    this.#all(scope, [node.superClass]);
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        this.#all(this.#open('static', member, scope), member.body);
        continue;
      }
      if (member.key.type === 'PrivateIdentifier') privateNames.add(member.key.name);
      else if (member.computed) this.#all(scope, [member.key]);
      if (!member.value) continue;
      const isField = member.type === 'PropertyDefinition';
      this.#all(isField ? this.#open('field', member, scope, { start: member.key.end }) : scope, [
        member.value,
      ]);
    }
  }

  #forEach(node: Of<'ForInStatement' | 'ForOfStatement'>, scope: Scope): void {
    const inner = this.#open('loop', node, scope);
    const { left, right, body } = node;
    if (left.type === 'VariableDeclaration')
      this.#declareIn(left.declarations[0]?.id as Node, inner, kindOf(left), body.start, {});
    else this.#assign(left, inner, 'write');
    this.#all(inner, [left.type === 'VariableDeclaration' && left.declarations[0]?.init, right, body]);
  }

  #export(node: Of<'ExportNamedDeclaration'>, scope: Scope): void {
    const { declaration, specifiers, source } = node;
    this.#all(scope, [declaration]);
    if (declaration?.type === 'VariableDeclaration') {
      for (const { id } of declaration.declarations)
        forEachLeaf(
          id as AnyNode,
          ({ node: leaf }) => this.exported.push((leaf as Of<'Identifier'>).name),
          () => {},
        );
    } else if (declaration) this.exported.push(declaration.id.name);
    for (const { local } of source ? [] : specifiers) {
      if (local.type !== 'Identifier') continue;
      this.exported.push(local.name);
      this.#refer(local, scope, 'read');
    }
  }

  #member(node: Of<'MemberExpression'>, scope: Scope): void {
    const { object, property, computed } = node;
    if (
      object.type === 'MetaProperty' &&
      object.meta.name === 'import' &&
      property.type === 'Identifier' &&
      !computed
    ) {
      this.#use('import.meta', { start: object.start, end: property.end }, scope, property.name);
      return;
    }
    this.#all(scope, [object, (computed || property.type === 'PrivateIdentifier') && property]);
  }

  #call(node: Of<'CallExpression'>, scope: Scope): void {
    const { callee } = node;
    if (callee.type === 'Identifier') {
      // `eval?.(x)` is a call like any other.
      if (callee.name === 'eval' && !node.optional) this.#eval(callee, scope);
      this.#refer(callee, scope, 'call');
    } else if (callee.type === 'Super') this.#use('super()', callee, scope);
    else this.#all(scope, [callee]);
    this.#all(scope, node.arguments);
    if (isMade(callee)) for (const each of [callee, ...node.arguments]) this.calledWhereMade.add(each);
    else if (isCall(callee)) this.calledWhereMade.add(callee.object);
  }

  #eval(callee: Node, around: Scope): void {
    this.#use('eval', callee, around);
    for (let scope: Scope | undefined = around; scope && !scope.hasEval; scope = scope.parent)
      scope.hasEval = true;
  }

  /** Names that a pattern declares; `given` when it gives them values, `value` where the pattern is a name. */
  #declareIn(
    pattern: Node,
    scope: Scope,
    kind: VariableKind,
    from: number,
    given?: { readonly value?: Node },
  ): void {
    const home = kind === 'var' ? scope.home : scope;
    forEachLeaf(
      pattern as AnyNode,
      ({ node, byDefault, isShorthand }) => {
        const name = node as Of<'Identifier'>;
        declare(name, home, kind, kind === 'var' ? 0 : from, kind === 'parameter' ? byDefault : undefined);
        const value = node === pattern ? given?.value : byDefault;
        if (given) this.#refer(name, scope, 'init', { isShorthand, value });
      },
      (expression) => this.#all(scope, [expression]),
    );
  }

  #declareFunction(node: Of<'FunctionDeclaration'>, id: Named, scope: Scope): void {
    declare(id, scope, 'function', 0, node);
    const isHoisted = scope !== scope.home && !scope.isStrict && !node.async && !node.generator;
    if (isHoisted) this.blockFunctions.push({ name: id.name, at: id.start, block: scope });
  }

  #assign(target: Node, scope: Scope, kind: 'write' | 'update', value?: Node): void {
    forEachLeaf(
      target as AnyNode,
      ({ node, byDefault, isShorthand }) => {
        const given = node === target ? value : byDefault;
        if (node.type === 'Identifier') this.#refer(node, scope, kind, { isShorthand, value: given });
        else this.#all(scope, [node]);
      },
      (expression) => this.#all(scope, [expression]),
    );
  }

  #refer(
    { name, start, end }: Named,
    scope: Scope,
    kind: ReferenceKind,
    {
      isShorthand = false,
      value,
    }: { readonly isShorthand?: boolean; readonly value?: Node | undefined } = {},
  ): void {
    if (name === 'arguments') this.#use('arguments', { start, end }, scope);
    this.references.push(new Reference(name, start, end, scope, kind, isShorthand, value));
  }

  #use(
    what: Use['what'],
    { start, end }: Pick<Node, 'start' | 'end'>,
    scope: Scope,
    property?: string,
  ): void {
    const { kind, node } = scope.receiver;
    this.uses.push({ what, start, end, of: kind === 'top' ? undefined : node, property });
  }
}

function declare({ name, start }: Named, scope: Scope, kind: VariableKind, from: number, value?: Node): void {
  let variable = scope.variables.get(name);
  if (!variable) {
    variable = new Variable(name, kind, scope);
    scope.variables.set(name, variable);
  }
  variable.declarations.push({ at: start, kind, from, value });
}

/** `f.call`, `f.apply` */
function isCall(callee: Node): callee is Of<'MemberExpression'> {
  const { type, computed, property } = callee as Of<'MemberExpression'>;
  if (type !== 'MemberExpression' || computed || property.type !== 'Identifier') return false;
  return property.name === 'call' || property.name === 'apply';
}

function kindOf({ kind }: Of<'VariableDeclaration'>): 'var' | 'let' | 'const' {
  return kind === 'var' || kind === 'let' ? kind : 'const';
}

function hasDirective(node: AnyNode): boolean {
  const body: readonly object[] = 'body' in node && Array.isArray(node.body) ? node.body : [];
  for (const each of body) {
    if (!('directive' in each) || typeof each.directive !== 'string') return false;
    if (each.directive === 'use strict') return true;
  }
  return false;
}
