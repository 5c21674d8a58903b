/**
 * Which variables code at a place can see: those of the function it stands in, those of functions around it and of the
 * module. Runs in the parse worker.
 */
import { type AnyNode, type Node, parse } from 'acorn';
import { isNode } from './hints.js';

/** A variable in scope. */
export interface NameInScope {
  readonly name: string;
  /** Offset of its declaration, by which a source map tells what people call it. */
  readonly at: number;
  /** `own`: of the innermost function; `closure`: of a function around that one; `module`: at the top. */
  readonly where: 'own' | 'closure' | 'module';
  readonly isParameter: boolean;
  /** The innermost function names it: what it does not name, V8 may not have kept. */
  readonly isNamed: boolean;
}

interface Declared {
  readonly name: string;
  readonly at: number;
  readonly isParameter: boolean;
  /** From this offset on it has a value; before, V8 gives `undefined` for it where the language throws. */
  readonly from?: number;
}

type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

/**
 * For each offset, the innermost variables first; one that is hidden by another of its name is left out.
 * @throws SyntaxError of acorn; RangeError when the tree is too deep
 */
export function namesInScope(source: string, isModule: boolean, offsets: readonly number[]): NameInScope[][] {
  const tree = parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: isModule,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
  });
  return offsets.map((offset) => namesAt(tree as AnyNode, offset));
}

function namesAt(tree: AnyNode, offset: number): NameInScope[] {
  const path = pathTo(tree, offset);
  const functions = path.filter(isFunction);
  const own = functions.at(-1);
  const named = own ? identifiersOf(own) : undefined;
  const known = new Set<string>();
  const found: NameInScope[] = [];
  let depth = 0;
  for (const [index, node] of [...path.entries()].reverse()) {
    const where = node.type === 'Program' ? 'module' : depth === 0 && own ? 'own' : 'closure';
    for (const { name, at, isParameter, from = 0 } of declaredBy(node, path[index + 1], offset)) {
      if (known.has(name)) continue;
      known.add(name);
      // What is around the function may have run on.
      if (where === 'own' && from > offset) continue;
      found.push({ name, at, where, isParameter, isNamed: named?.has(name) ?? true });
    }
    if (isFunction(node)) depth += 1;
  }
  return found;
}

/** From the root to the innermost node around the offset. */
function pathTo(tree: AnyNode, offset: number): AnyNode[] {
  const path: AnyNode[] = [tree];
  for (let node: AnyNode | undefined = tree; node; ) {
    const next: AnyNode | undefined = childrenOf(node).find(
      ({ start, end }) => start <= offset && offset < end,
    );
    if (next) path.push(next);
    node = next;
  }
  return path;
}

/** What a node declares for the code below it; `inner` is the child that the offset is in. */
function declaredBy(node: AnyNode, inner: AnyNode | undefined, offset: number): Declared[] {
  switch (node.type) {
    case 'Program':
      return [...hoisted(node), ...lexical(node.body)];
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression': {
      // A method's node holds its key beside it, not inside.
      const params = node.params.flatMap((param) => patternNames(param as AnyNode, true));
      const self = node.type === 'FunctionExpression' && node.id ? [declared(node.id)] : [];
      const inBody = offset >= node.body.start;
      return [...(inBody ? hoisted(node.body as AnyNode) : []), ...params, ...self];
    }
    case 'BlockStatement':
    case 'StaticBlock':
      return [...(node.type === 'StaticBlock' ? hoisted(node) : []), ...lexical(node.body)];
    case 'SwitchStatement':
      return inner?.type === 'SwitchCase' ? lexical(node.cases.flatMap((each) => each.consequent)) : [];
    case 'ForStatement':
      return node.init ? lexical([node.init]) : [];
    case 'ForInStatement':
    case 'ForOfStatement':
      return inner === node.body ? lexical([node.left]) : [];
    case 'CatchClause':
      return node.param ? patternNames(node.param as AnyNode, false) : [];
    case 'ClassExpression':
      return node.id ? [declared(node.id)] : [];
    default:
      return [];
  }
}

/** `let`, `const`, classes and functions that stand in these statements themselves. */
function lexical(statements: readonly Node[]): Declared[] {
  return (statements as readonly AnyNode[]).flatMap((node) => {
    switch (node.type) {
      case 'VariableDeclaration':
        return node.kind === 'var'
          ? []
          : node.declarations.flatMap(({ id, end }) =>
              patternNames(id as AnyNode, false).map((each) => ({ ...each, from: end })),
            );
      case 'ClassDeclaration':
        return node.id ? [{ ...declared(node.id), from: node.end }] : [];
      case 'FunctionDeclaration':
        return node.id ? [declared(node.id)] : [];
      case 'ImportDeclaration':
        return node.specifiers.map(({ local }) => declared(local));
      case 'ExportNamedDeclaration':
        return node.declaration ? lexical([node.declaration]) : [];
      case 'ExportDefaultDeclaration':
        return lexical([node.declaration as Node]);
      default:
        return [];
    }
  });
}

/** `var`, wherever it stands below this node, but not in functions there. */
function hoisted(root: AnyNode): Declared[] {
  const found: Declared[] = [];
  const pending: AnyNode[] = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type === 'VariableDeclaration' && node.kind === 'var') {
      for (const { id } of node.declarations) found.push(...patternNames(id as AnyNode, false));
    }
    if (node !== root && (isFunction(node) || node.type === 'StaticBlock')) continue;
    pending.push(...childrenOf(node));
  }
  return found;
}

function patternNames(pattern: AnyNode, isParameter: boolean): Declared[] {
  switch (pattern.type) {
    case 'Identifier':
      return [{ ...declared(pattern), isParameter }];
    case 'AssignmentPattern':
      return patternNames(pattern.left as AnyNode, isParameter);
    case 'RestElement':
      return patternNames(pattern.argument as AnyNode, isParameter);
    case 'ArrayPattern':
      return pattern.elements.flatMap((each) => (each ? patternNames(each as AnyNode, isParameter) : []));
    case 'ObjectPattern':
      return pattern.properties.flatMap((each) =>
        patternNames((each.type === 'RestElement' ? each.argument : each.value) as AnyNode, isParameter),
      );
    default:
      return [];
  }
}

/** Names that stand in a function as variables do. */
function identifiersOf(root: AnyNode): Set<string> {
  const names = new Set<string>();
  const pending: AnyNode[] = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type === 'Identifier') names.add(node.name);
    if (node.type === 'MemberExpression' && !node.computed) pending.push(node.object as AnyNode);
    else if (node.type === 'Property' && !node.computed) pending.push(node.value as AnyNode);
    else pending.push(...childrenOf(node));
  }
  return names;
}

function declared({ name, start }: { readonly name: string; readonly start: number }): Declared {
  return { name, at: start, isParameter: false };
}

function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

function childrenOf(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  for (const child of Object.values(node)) {
    if (Array.isArray(child)) for (const each of child) isNode(each) && found.push(each);
    else if (isNode(child)) found.push(child);
  }
  return found;
}
