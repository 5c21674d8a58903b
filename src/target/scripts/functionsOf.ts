/**
 * The functions and classes of a script, with the names people use for them (issue 4, "Naming"). Runs in the parse
 * worker: a tree is deep and big.
 */
import { type AnyNode, type Node, parse } from 'acorn';
import { type ClassNode, type FunctionNode, isNode } from '../scopes/index.js';
import { bindingsOf, type MadeAs } from './bindings.js';
import {
  type Around,
  assigned,
  type Hint,
  hasPrivateStatics,
  NO_HINT,
  type OfClass,
  plainKey,
} from './hints.js';
import { LineTable } from './lineTable.js';
import { argumentOwner, exportedNames, keyText, nameOfPattern } from './namesOfNodes.js';
import type { ClassInfo, FieldInfo, FunctionInfo, FunctionKind, ParsedScript, Place } from './script.js';
import { parametersAt, textStart } from './textPlaces.js';

const LONGEST_PARAMETER = 100;

/**
 * @throws SyntaxError of acorn; RangeError when the tree is too deep
 */
export function functionsOf(source: string, isModule: boolean): ParsedScript {
  const tree = parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: isModule,
    allowImportExportEverywhere: false,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
  });
  const visitor = new Visitor(source, bindingsOf(tree));
  visitor.visit(tree as AnyNode, NO_HINT, { within: '', className: '' });
  const exported = exportedNames(tree);
  const isExported = (info: { name: string; within: string; exported: boolean }): boolean =>
    info.exported || (info.within === '' && exported.has(info.name.replace(/[.#].*$/s, '')));
  return {
    functions: visitor.functions.map((info) => ({ ...info, exported: isExported(info) })),
    classes: visitor.classes.map((info) => ({ ...info, exported: isExported(info) })),
  };
}

class Visitor {
  readonly functions: FunctionInfo[] = [];
  readonly classes: ClassInfo[] = [];
  readonly #source: string;
  readonly #lines: LineTable;
  readonly #made: ReadonlyMap<Node, MadeAs>;

  constructor(source: string, made: ReadonlyMap<Node, MadeAs>) {
    this.#source = source;
    this.#made = made;
    this.#lines = new LineTable(source);
  }

  visit(node: AnyNode, hint: Hint, around: Around): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, hint, around);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, hint, around);
        return;
      case 'VariableDeclarator':
        this.#declarator(node, hint, around);
        return;
      case 'AssignmentExpression':
        this.#children(node.left, around);
        this.visit(node.right, { ...assigned(node.left, around), whole: node }, around);
        return;
      case 'AssignmentPattern':
        this.#children(node.left, around);
        this.visit(node.right, { name: nameOfPattern(node.left), at: node.left.start }, around);
        return;
      case 'ExportDefaultDeclaration':
        this.visit(node.declaration as AnyNode, { name: 'default', exported: true }, around);
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.visit(node.declaration, { name: '', exported: true }, around);
        return;
      case 'VariableDeclaration':
        for (const each of node.declarations) {
          this.#declarator(each, node.declarations.length === 1 ? { ...hint, whole: node } : hint, around);
        }
        return;
      case 'ObjectExpression':
        this.#object(node, hint, around);
        return;
      case 'CallExpression':
        this.#call(node, hint, around);
        return;
      default:
        this.#children(node, around);
        return;
    }
  }

  #declarator(node: Extract<AnyNode, { type: 'VariableDeclarator' }>, hint: Hint, around: Around): void {
    const { whole = node, exported } = hint;
    if (node.init) {
      this.visit(node.init, { name: nameOfPattern(node.id), at: node.id.start, exported, whole }, around);
    }
    this.#children(node.id, around);
  }

  /** `wrap(function () {})` keeps the name of what it is assigned to; `Object.assign(x, {...})` gives that of `x`. */
  #call(node: Extract<AnyNode, { type: 'CallExpression' }>, hint: Hint, around: Around): void {
    this.visit(node.callee as AnyNode, NO_HINT, around);
    const owner = argumentOwner(node);
    for (const argument of node.arguments) {
      if (owner && argument.type === 'ObjectExpression') this.visit(argument, { name: owner }, around);
      else this.visit(argument as AnyNode, argument.type === 'ClassExpression' ? hint : NO_HINT, around);
    }
  }

  #object(node: Extract<AnyNode, { type: 'ObjectExpression' }>, hint: Hint, around: Around): void {
    const owner = hint.name === 'module.exports' || hint.name === 'exports' ? '' : hint.name;
    const exported = hint.exported || hint.name === 'module.exports';
    for (const property of node.properties) {
      if (property.type !== 'Property') {
        this.visit(property, NO_HINT, around);
        continue;
      }
      if (property.computed) this.visit(property.key, NO_HINT, around);
      const key = keyText(property.key, property.computed, this.#source);
      const kind =
        property.kind === 'get'
          ? 'getter'
          : property.kind === 'set'
            ? 'setter'
            : property.method
              ? 'method'
              : undefined;
      this.visit(
        property.value,
        {
          name: owner ? `${owner}.${key}` : key,
          at: property.key.start,
          headAt: owner ? (hint.headAt ?? hint.at) : undefined,
          kind,
          exported,
          whole: property,
          key: plainKey(key, property.computed),
        },
        around,
      );
    }
  }

  #function(node: FunctionNode, hint: Hint, around: Around): void {
    const own = node.id?.name ?? '';
    const name = hint.name && !isDefault(hint) ? hint.name : own || hint.name;
    const kind = hint.kind ?? (node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function');
    this.functions.push({
      name,
      kind,
      className: hint.className ?? '',
      isStatic: hint.isStatic ?? false,
      isPrivate: hint.isPrivate ?? false,
      isAsync: node.async,
      isGenerator: node.generator,
      exported: hint.exported ?? false,
      within: around.within,
      params: node.params.map((param) =>
        this.#source.slice(param.start, Math.min(param.end, param.start + LONGEST_PARAMETER)),
      ),
      ...this.#places(node, name === own && node.id ? node.id.start : hint.at),
      headAt: this.#place(hint.headAt),
      body: this.#lines.place(node.body.start),
      whole: hint.whole ? [hint.whole.start, hint.whole.end] : [node.start, node.end],
      facts: this.#facts(node, hint, kind),
    });
    const inner = {
      within: name || around.within || '<anonymous>',
      className: hint.className ?? around.className,
      classAt: hint.className === undefined ? around.classAt : hint.headAt,
    };
    for (const param of node.params) this.visit(param as AnyNode, NO_HINT, inner);
    this.visit(node.body, NO_HINT, inner);
  }

  #facts(node: FunctionNode, hint: Hint, kind: FunctionKind): FunctionInfo['facts'] {
    const { node: ofClass, hasPrivateStatics = false } = hint.of ?? {};
    const isMember = kind === 'method' || kind === 'getter' || kind === 'setter';
    const isDeclared =
      isMember && (hint.whole?.type === 'MethodDefinition' || hint.whole?.type === 'Property');
    const start = isDeclared && hint.whole ? textStart(this.#source, hint.whole as AnyNode) : node.start;
    const { binding, isPerCall = false } = this.#made.get(ofClass ?? node) ?? {};
    return {
      text: ofClass ? [ofClass.start, ofClass.end] : [start, node.end],
      location: parametersAt(this.#source, node),
      body: node.body.start,
      key: hint.key ?? '',
      ownName: (ofClass ?? node).id?.name ?? binding?.name ?? hint.key ?? '',
      binding,
      isPerCall,
      isImplicit: false,
      hasPrivateStatics,
    };
  }

  /** Every class can be watched being made; where it has no constructor, V8 takes the class for one. */
  #implicitConstructor(of: OfClass, info: ClassInfo, kind: 'constructor' = 'constructor'): void {
    const { node } = of;
    const { binding, isPerCall = false } = this.#made.get(node) ?? {};
    const { name: className, exported, within, start, end, nameAt, range } = info;
    this.functions.push({
      ...{ name: `${className}.constructor`, kind, className, exported, within, start, end, nameAt, range },
      ...{ isStatic: false, isPrivate: false, isAsync: false, isGenerator: false, params: [] },
      headAt: this.#place(of.at),
      body: this.#lines.place(node.body.start),
      whole: range,
      facts: {
        text: range,
        location: node.start,
        body: node.body.start,
        key: '',
        ownName: node.id?.name ?? binding?.name ?? '',
        binding,
        isPerCall,
        isImplicit: true,
        hasPrivateStatics: of.hasPrivateStatics,
      },
    });
  }

  #class(node: ClassNode, hint: Hint, around: Around): void {
    const own = node.id?.name ?? '';
    const name = hint.name && !isDefault(hint) && !hint.kind ? hint.name : own || hint.name;
    const fields: FieldInfo[] = [];
    const nameAt = name === own && node.id ? node.id.start : hint.at;
    const classAt = name === own ? nameAt : (hint.headAt ?? nameAt);
    const info = {
      name,
      superClass: node.superClass
        ? this.#source.slice(node.superClass.start, node.superClass.end).slice(0, 200)
        : '',
      exported: hint.exported ?? false,
      within: around.within,
      fields,
      ...this.#places(node, nameAt),
    };
    this.classes.push(info);
    if (node.superClass) this.visit(node.superClass, NO_HINT, around);
    const of: OfClass = { node, at: classAt, hasPrivateStatics: hasPrivateStatics(node) };
    const inside = { within: around.within, className: name, classAt };
    let isImplicit = true;
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') this.#children(member, inside);
      else this.#member(member, info, fields, inside, of);
      if (member.type === 'MethodDefinition' && member.kind === 'constructor') isImplicit = false;
    }
    if (isImplicit) this.#implicitConstructor(of, info);
  }

  #member(
    node: Extract<AnyNode, { type: 'MethodDefinition' | 'PropertyDefinition' }>,
    { name: className, exported }: ClassInfo,
    fields: FieldInfo[],
    around: Around,
    of: OfClass,
  ): void {
    if (node.computed) this.visit(node.key as AnyNode, NO_HINT, around);
    const isPrivate = node.key.type === 'PrivateIdentifier';
    const key = keyText(node.key as Node, node.computed, this.#source);
    const base = {
      className,
      isStatic: node.static,
      isPrivate,
      exported,
      key: plainKey(key, node.computed),
      headAt: of.at,
    };
    if (node.type === 'MethodDefinition') {
      const kind = ({ get: 'getter', set: 'setter', constructor: 'constructor', method: 'method' } as const)[
        node.kind
      ];
      const name = isPrivate ? `${className}#${key}` : `${className}.${key}`;
      const ofClass = kind === 'constructor' ? { of, key: '' } : {};
      this.visit(node.value, { name, at: node.key.start, whole: node, kind, ...base, ...ofClass }, around);
      return;
    }
    const isFunction =
      node.value?.type === 'ArrowFunctionExpression' || node.value?.type === 'FunctionExpression';
    fields.push({ name: isPrivate ? `#${key}` : key, isStatic: node.static, isPrivate, isFunction });
    const name = node.static && !isPrivate ? `${className}.${key}` : `${className}#${key}`;
    if (node.value)
      this.visit(node.value, { name, at: node.key.start, whole: node, ...(isFunction ? base : {}) }, around);
  }

  #places(node: Node, nameAt: number | undefined): Pick<FunctionInfo, 'start' | 'end' | 'range' | 'nameAt'> {
    return {
      nameAt: this.#place(nameAt),
      start: this.#lines.place(node.start),
      end: this.#lines.place(node.end),
      range: [node.start, node.end],
    };
  }

  #place(offset: number | undefined): Place | undefined {
    return offset === undefined ? undefined : this.#lines.place(offset);
  }

  #children(node: AnyNode, around: Around): void {
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) {
        for (const each of child) if (isNode(each)) this.visit(each, NO_HINT, around);
      } else if (isNode(child)) {
        this.visit(child, NO_HINT, around);
      }
    }
  }
}

/** What a module exports as a whole has the name that it gives itself, if it does. */
function isDefault({ name }: Hint): boolean {
  return name === 'default' || name === 'module.exports';
}
