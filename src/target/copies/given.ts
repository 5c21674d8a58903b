/** A function's source as somebody typed it, in whatever form it stands in a file. */
import { type AnyNode, type Node, parse } from 'acorn';
import { type Analysis, analyse, type FunctionNode, isFunction, isNode } from '../scopes/index.js';
import { parametersAt } from '../scripts/textPlaces.js';

export type Form = 'function' | 'arrow' | 'method' | 'getter' | 'setter' | 'constructor';

export interface Given {
  /** JavaScript that parses as a whole. */
  readonly js: string;
  readonly node: FunctionNode;
  readonly form: Form;
  /** '' when nothing names it. */
  readonly name: string;
  /** Where its parameters begin; of an arrow, itself. */
  readonly from: number;
  readonly analysis: Analysis;
}

/** How a source is made a program: `before` has no line break, so that lines stay what they are. */
export interface Wrap {
  readonly what: 'statement' | 'expression' | 'member';
  readonly before: string;
  readonly after: string;
}

const MEMBER = /#([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

/** In the order in which they are tried for a function of that form. */
export function wrapsOf(form: Form, source: string): readonly Wrap[] {
  const statement: Wrap = { what: 'statement', before: '', after: '' };
  const expression: Wrap = { what: 'expression', before: '(', after: '\n)' };
  // Private names have to be declared somewhere; where, is looked at when it is known which they are.
  const names = [...new Set([...source.matchAll(MEMBER)].map(([, name]) => name))];
  const declared = names.map((name) => `static #${name};`).join('');
  const member: Wrap = { what: 'member', before: `class $C extends Object{${declared}`, after: '\n}' };
  const isMember = form === 'method' || form === 'getter' || form === 'setter' || form === 'constructor';
  return isMember ? [member, expression, statement] : [expression, statement, member];
}

/**
 * @throws SyntaxError of acorn; Error when what is there is not one function
 */
export function givenIn(js: string, what: Wrap['what'], isStrict: boolean): Given {
  const tree = parse(js, {
    ecmaVersion: 'latest',
    sourceType: isStrict ? 'module' : 'script',
    allowAwaitOutsideFunction: false,
    allowSuperOutsideMethod: true,
    allowImportExportEverywhere: true,
    checkPrivateFields: false,
  } as Parameters<typeof parse>[1]);
  const found = what === 'member' ? memberIn(tree) : statementIn(tree.body as readonly AnyNode[]);
  const { node } = found;
  const from = parametersAt(js, node);
  return { js, ...found, from, analysis: analyse(tree, { isStrict }) };
}

type Found = Pick<Given, 'node' | 'form' | 'name'>;

function memberIn({ body: [cls] }: { readonly body: readonly Node[] }): Found {
  const { body } = (cls as Extract<AnyNode, { type: 'ClassDeclaration' }>).body;
  const members = body.filter((each) => !(each.type === 'PropertyDefinition' && each.static && !each.value));
  const [only] = members;
  if (!only || members.length > 1) throw new Error('there is not one function in it');
  if (only.type === 'StaticBlock') throw new Error('a static block is no function');
  const name = only.computed || !('name' in only.key) ? '' : String(only.key.name);
  const node = only.value as AnyNode | null;
  if (!node || !isFunction(node)) throw new Error('it is a field that holds no function');
  if (only.type === 'PropertyDefinition')
    return { node, form: node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function', name };
  const forms = { get: 'getter', set: 'setter', method: 'method', constructor: 'constructor' } as const;
  return { node, form: forms[only.kind], name };
}

/** A declaration, an expression, `const f = ...`, `exports.f = ...`, with `export` before it or not. */
function statementIn(body: readonly AnyNode[]): Found {
  const rest = body.filter(
    (each) => each.type !== 'EmptyStatement' && !('directive' in each && each.directive),
  );
  const [only] = rest;
  if (!only || rest.length > 1) throw new Error('there is not one function in it');
  return functionIn(only, '');
}

function functionIn(node: AnyNode, name: string): Found {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      return { node, form: 'function', name: node.id?.name ?? name };
    case 'ArrowFunctionExpression':
      return { node, form: 'arrow', name };
    case 'ExpressionStatement':
      return functionIn(node.expression as AnyNode, name);
    case 'ParenthesizedExpression':
      return functionIn(node.expression as AnyNode, name);
    case 'AssignmentExpression': {
      const left = node.left as AnyNode;
      const last = left.type === 'MemberExpression' ? left.property : left;
      return functionIn(node.right as AnyNode, 'name' in last ? String(last.name) : name);
    }
    case 'VariableDeclaration': {
      const [one] = node.declarations;
      if (node.declarations.length === 1 && one?.init)
        return functionIn(one.init as AnyNode, one.id.type === 'Identifier' ? one.id.name : name);
      break;
    }
    case 'ExportDefaultDeclaration':
      return functionIn(node.declaration as AnyNode, name);
    case 'ExportNamedDeclaration':
      if (isNode(node.declaration)) return functionIn(node.declaration as AnyNode, name);
      break;
    case 'ObjectExpression': {
      const [one] = node.properties;
      if (node.properties.length === 1 && one?.type === 'Property' && isFunction(one.value as AnyNode))
        return propertyIn(one as Extract<AnyNode, { type: 'Property' }>);
      break;
    }
    default:
  }
  throw new Error('it is no function');
}

function propertyIn(property: Extract<AnyNode, { type: 'Property' }>): Found {
  const node = property.value as FunctionNode;
  const { key, kind, method } = property;
  const name = 'name' in key ? String(key.name) : '';
  if (kind === 'get') return { node, form: 'getter', name };
  if (kind === 'set') return { node, form: 'setter', name };
  if (method) return { node, form: 'method', name };
  return { node, form: node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function', name };
}
