/** Which names the code of a tree declares, and where it uses which: what a text needs of the place that it is put into. */
import type { AnyNode, Node } from 'acorn';
import {
  type Analysis,
  type FunctionNode,
  type PrivateName,
  type Reference,
  Scope,
  type Uses,
} from './scope.js';

export function analyse(tree: Node, isStrict: boolean): Analysis {
  const walk = new Walk(tree, isStrict);
  return walk.run();
}

interface Around {
  readonly scope: Scope;
  readonly functions: readonly Node[];
}

class Walk {
  readonly #references: Reference[] = [];
  readonly #uses: Uses[] = [];
  readonly #privateNames: PrivateName[] = [];
  readonly #declaredPrivate = new Map<Node, Set<string>>();
  readonly #aroundOf = new Map<Node, Scope>();
  readonly #insideOf = new Map<Node, Scope>();
  readonly #enclosing = new Map<Node, readonly Node[]>();
  readonly #top: Scope;
  readonly #tree: Node;

  constructor(tree: Node, isStrict: boolean) {
    this.#tree = tree;
    const body = (tree as { body?: unknown }).body;
    this.#top = new Scope(undefined, tree, true, isStrict || hasDirective(body));
  }

  run(): Analysis {
    this.#children(this.#tree, { scope: this.#top, functions: [] });
    for (const { name, scope } of this.#references) {
      const found = scope.find(name);
      if (found && found.ofFunction !== scope.ofFunction) found.captured.add(name);
    }
    return {
      references: this.#references,
      uses: this.#uses,
      privateNames: this.#privateNames,
      declaredPrivate: this.#declaredPrivate,
      around: this.#aroundOf,
      inside: this.#insideOf,
      enclosing: this.#enclosing,
      top: this.#top,
    };
  }

  #visit(node: AnyNode, at: Around): void {
    const { scope } = at;
    switch (node.type) {
      case 'FunctionDeclaration':
        if (node.id) {
          scope.names.add(node.id.name);
          // Sloppy code sees a function of a block in the whole function.
          if (!scope.isStrict) scope.ofFunction.names.add(node.id.name);
        }
        {
          this.#function(node, at);
          return;
        }
      case 'FunctionExpression':
      case 'ArrowFunctionExpression': {
        this.#function(node, at);
        return;
      }
      case 'ClassDeclaration':
      case 'ClassExpression': {
        this.#class(node, at);
        return;
      }
      case 'VariableDeclaration': {
        const owner = node.kind === 'var' ? scope.ofFunction : scope;
        for (const { id, init } of node.declarations) {
          this.#pattern(id as AnyNode, at, owner);
          if (init) this.#visit(init as AnyNode, at);
        }
        return;
      }
      case 'ImportDeclaration':
        for (const { local } of node.specifiers) scope.names.add(local.name);
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration as AnyNode, at);
        else if (!node.source) for (const { local } of node.specifiers) this.#visit(local as AnyNode, at);
        return;
      case 'ExportAllDeclaration':
        return;
      case 'Identifier': {
        this.#reference(node, at, {});
        return;
      }
      case 'UpdateExpression': {
        this.#target(node.argument as AnyNode, at);
        return;
      }
      case 'AssignmentExpression':
        this.#target(node.left as AnyNode, at);
        {
          this.#visit(node.right as AnyNode, at);
          return;
        }
      case 'UnaryExpression':
        if (node.operator === 'typeof' && node.argument.type === 'Identifier') {
          this.#reference(node.argument, at, { isAsked: true });
          return;
        }
        {
          this.#visit(node.argument as AnyNode, at);
          return;
        }
      case 'CallExpression': {
        this.#call(node, at);
        return;
      }
      case 'MemberExpression':
        this.#visit(node.object as AnyNode, at);
        if (node.computed || node.property.type === 'PrivateIdentifier')
          this.#visit(node.property as AnyNode, at);
        else if (node.object.type === 'MetaProperty') this.#nameMeta(node.property);
        return;
      case 'Property':
        if (node.computed) this.#visit(node.key as AnyNode, at);
        if (node.shorthand && node.value.type === 'Identifier') {
          this.#reference(node.value, at, { isShorthand: true });
          return;
        }
        {
          this.#visit(node.value as AnyNode, at);
          return;
        }
      case 'PrivateIdentifier':
        this.#privateNames.push({ name: node.name, start: node.start });
        return;
      case 'ThisExpression': {
        this.#use('this', node, at);
        return;
      }
      case 'Super': {
        this.#use('super', node, at);
        return;
      }
      case 'MetaProperty': {
        this.#use(node.meta.name === 'new' ? 'new.target' : 'import.meta', node, at);
        return;
      }
      case 'LabeledStatement': {
        this.#visit(node.body as AnyNode, at);
        return;
      }
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      default: {
        this.#other(node, at);
        return;
      }
    }
  }

  #other(node: AnyNode, at: Around): void {
    switch (node.type) {
      case 'BlockStatement':
      case 'SwitchStatement':
      case 'ForStatement': {
        this.#children(node, this.#block(node, at));
        return;
      }
      case 'StaticBlock': {
        this.#children(node, {
          ...at,
          scope: new Scope(at.scope, node, true, true),
          functions: [node, ...at.functions],
        });
        return;
      }
      case 'ForInStatement':
      case 'ForOfStatement': {
        const inner = this.#block(node, at);
        if (node.left.type === 'VariableDeclaration') this.#visit(node.left as AnyNode, inner);
        else this.#target(node.left as AnyNode, inner);
        this.#visit(node.right as AnyNode, inner);
        this.#visit(node.body as AnyNode, inner);
        return;
      }
      case 'CatchClause': {
        const inner = this.#block(node, at);
        if (node.param) this.#pattern(node.param as AnyNode, inner, inner.scope);
        this.#children(node.body, inner);
        return;
      }
      default: {
        this.#children(node, at);
        return;
      }
    }
  }

  #block(node: Node, at: Around): Around {
    return { ...at, scope: new Scope(at.scope, node, false, at.scope.isStrict) };
  }

  #call(node: Extract<AnyNode, { type: 'CallExpression' }>, at: Around): void {
    const { callee } = node;
    if (callee.type === 'Identifier') {
      if (callee.name === 'eval') this.#use('eval', callee, at);
      this.#reference(callee, at, { isCalled: true });
    } else if (callee.type === 'Super') this.#use('super()', callee, at);
    else this.#visit(callee as AnyNode, at);
    for (const argument of node.arguments) this.#visit(argument as AnyNode, at);
  }

  #function(node: FunctionNode, at: Around): void {
    this.#aroundOf.set(node, at.scope);
    this.#enclosing.set(node, at.functions);
    const isStrict = at.scope.isStrict || hasDirective((node.body as { body?: unknown }).body);
    let outer = at.scope;
    if (node.type === 'FunctionExpression' && node.id) {
      outer = new Scope(outer, node, false, isStrict);
      outer.names.add(node.id.name);
    }
    const scope = new Scope(outer, node, true, isStrict);
    if (node.type !== 'ArrowFunctionExpression') scope.names.add('arguments');
    this.#insideOf.set(node, scope);
    const inner = { scope, functions: [node, ...at.functions] };
    for (const param of node.params) this.#pattern(param as AnyNode, inner, scope);
    if (node.body.type === 'BlockStatement') this.#children(node.body, inner);
    else this.#visit(node.body as AnyNode, inner);
  }

  #class(node: Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>, at: Around): void {
    if (node.type === 'ClassDeclaration' && node.id) at.scope.names.add(node.id.name);
    const scope = new Scope(at.scope, node, false, true);
    if (node.id) scope.names.add(node.id.name);
    const inner = { scope, functions: [node, ...at.functions] };
    if (node.superClass) this.#visit(node.superClass as AnyNode, inner);
    const declared = new Set<string>();
    this.#declaredPrivate.set(node, declared);
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        this.#visit(member, inner);
        continue;
      }
      if (member.key.type === 'PrivateIdentifier') declared.add(member.key.name);
      else if (member.computed) this.#visit(member.key as AnyNode, inner);
      if (!member.value) continue;
      const isField = member.type === 'PropertyDefinition';
      // A field's value is a function of its own.
      const field = { scope: new Scope(scope, member, true, true), functions: [member, ...inner.functions] };
      this.#visit(member.value as AnyNode, isField ? field : inner);
    }
  }

  /** Declares what a pattern binds. */
  #pattern(node: AnyNode, at: Around, owner: Scope): void {
    switch (node.type) {
      case 'Identifier':
        owner.names.add(node.name);
        return;
      case 'AssignmentPattern':
        this.#pattern(node.left as AnyNode, at, owner);
        {
          this.#visit(node.right as AnyNode, at);
          return;
        }
      case 'RestElement': {
        this.#pattern(node.argument as AnyNode, at, owner);
        return;
      }
      case 'ArrayPattern':
        for (const each of node.elements) if (each) this.#pattern(each as AnyNode, at, owner);
        return;
      case 'ObjectPattern':
        for (const each of node.properties) {
          if (each.type === 'Property' && each.computed) this.#visit(each.key as AnyNode, at);
          this.#pattern((each.type === 'RestElement' ? each : each.value) as AnyNode, at, owner);
        }
        return;
      default: {
        this.#visit(node, at);
        return;
      }
    }
  }

  /** What is assigned to. */
  #target(node: AnyNode, at: Around): void {
    switch (node.type) {
      case 'Identifier': {
        this.#reference(node, at, { isWritten: true });
        return;
      }
      case 'AssignmentPattern':
        this.#target(node.left as AnyNode, at);
        {
          this.#visit(node.right as AnyNode, at);
          return;
        }
      case 'RestElement': {
        this.#target(node.argument as AnyNode, at);
        return;
      }
      case 'ArrayPattern':
        for (const each of node.elements) if (each) this.#target(each as AnyNode, at);
        return;
      case 'ObjectPattern':
        for (const each of node.properties) {
          if (each.type === 'RestElement') this.#target(each.argument as AnyNode, at);
          else {
            if (each.computed) this.#visit(each.key as AnyNode, at);
            if (each.shorthand && each.value.type === 'Identifier')
              this.#reference(each.value, at, { isWritten: true, isShorthand: true });
            else this.#target(each.value as AnyNode, at);
          }
        }
        return;
      default: {
        this.#visit(node, at);
        return;
      }
    }
  }

  #reference(
    { name, start, end }: { readonly name: string; readonly start: number; readonly end: number },
    at: Around,
    how: Partial<Pick<Reference, 'isWritten' | 'isAsked' | 'isShorthand' | 'isCalled'>>,
  ): void {
    if (name === 'arguments') this.#use('arguments', { start, end }, at);
    const plain = { isWritten: false, isAsked: false, isShorthand: false, isCalled: false };
    this.#references.push({ ...plain, ...how, name, start, end, scope: at.scope });
  }

  #use(what: Uses['what'], { start, end }: { start: number; end: number }, { functions }: Around): void {
    const within = functions.find((each) => !isClass(each));
    const of = functions.find((each) => !isClass(each) && each.type !== 'ArrowFunctionExpression');
    this.#uses.push({ what, start, end, of, within });
  }

  /** The use that was noted last is that of the `import.meta` whose property this is. */
  #nameMeta(property: Node): void {
    const last = this.#uses.pop();
    if (last)
      this.#uses.push({
        ...last,
        end: property.end,
        property: String((property as { name?: unknown }).name),
      });
  }

  #children(node: Node, at: Around): void {
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) {
        for (const each of child) if (isNode(each)) this.#visit(each, at);
      } else if (isNode(child)) this.#visit(child, at);
    }
  }
}

function isClass({ type }: Node): boolean {
  return type === 'ClassDeclaration' || type === 'ClassExpression';
}

function hasDirective(body: unknown): boolean {
  if (!Array.isArray(body)) return false;
  for (const each of body as readonly { readonly directive?: unknown }[]) {
    if (typeof each.directive !== 'string') return false;
    if (each.directive === 'use strict') return true;
  }
  return false;
}

export function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}
