/**
 * Rewrites a parsed expression so that it can run inside somebody's process (DESIGN 3.7). The text that comes out is
 * written anew from the tree, node by node: what this file does not know cannot get through. Names: `_$r` is the
 * runtime (src/probe/main/evaluate.ts), `_$m` the files of `module('...')`, `_$1`, `_$2`, ... are ours.
 */
import type {
  ArrowFunctionExpression,
  BinaryExpression,
  CallExpression,
  Literal,
  MemberExpression,
  Expression as Node,
  ObjectExpression,
  SpreadElement,
  TemplateLiteral,
  UnaryExpression,
} from 'acorn';
import { isSecretName } from '../../base/index.js';
import { ChainWriter } from './chain.js';
import { badExpression } from './errors.js';
import { expressionDepth } from './limits.js';
import { PatternWriter } from './pattern.js';
import { isRiskyRegex } from './riskyRegex.js';

export interface RewriteOptions {
  /** Let calls, conversions and iterations be what they are in JavaScript. Assignments and statements stay out. */
  readonly unsafe: boolean;
  /** Mask values of secret-looking names. */
  readonly redact: boolean;
}

export const MODULE_USE = "'module' takes one text in quotes: module('cart.js')";

const COMPARED_RAW = new Set(['===', '!==']);
const REFUSED: Readonly<Record<string, string>> = {
  AssignmentExpression: 'an assignment',
  UpdateExpression: '++ and --',
  NewExpression: "'new'",
  AwaitExpression: "'await'",
  YieldExpression: "'yield'",
  ImportExpression: "'import()'",
  MetaProperty: "'import.meta' and 'new.target'",
  FunctionExpression: "'function'",
  ClassExpression: 'a class',
  TaggedTemplateExpression: 'a tagged template',
  ThisExpression: "'this'",
  Super: "'super'",
};

export class Rewriter {
  readonly modules: string[] = [];
  /** Names that nothing in the expression binds, and where each stands first. */
  readonly roots = new Map<string, number>();
  readonly #text: string;
  readonly #options: RewriteOptions;
  readonly #chains: ChainWriter;
  readonly #patterns: PatternWriter;
  readonly #bound: Set<string>[] = [];
  #depth = 0;
  #temporaries = 0;

  constructor(text: string, options: RewriteOptions) {
    this.#text = text;
    this.#options = options;
    this.#chains = new ChainWriter(this);
    this.#patterns = new PatternWriter(this);
  }

  get unsafe(): boolean {
    return this.#options.unsafe;
  }

  /** An expression whose value is the result, or part of it: read from a secret-looking name it is masked. */
  value(node: Node): string {
    this.#deeper(node);
    const text = this.#value(node);
    this.#depth -= 1;
    return text;
  }

  #value(node: Node): string {
    switch (node.type) {
      case 'ArrayExpression':
        return this.#list(node.elements, (element) => this.value(element));
      case 'ObjectExpression':
        return this.#object(node, (value) => this.value(value));
      case 'ConditionalExpression':
        return `(${this.expression(node.test)}?${this.value(node.consequent)}:${this.value(node.alternate)})`;
      case 'LogicalExpression':
        return `(${this.value(node.left)}${node.operator}${this.value(node.right)})`;
      case 'SequenceExpression': {
        const last = node.expressions.length - 1;
        const parts = node.expressions.map((each, at) =>
          at === last ? this.value(each) : this.expression(each),
        );
        return `(${parts.join(',')})`;
      }
      default: {
        const text = this.expression(node);
        return this.#options.redact && isSecretName(nameOf(node)) ? `_$r.s(${text})` : text;
      }
    }
  }

  expression(node: Node): string {
    this.#deeper(node);
    const text = this.#any(node);
    this.#depth -= 1;
    return text;
  }

  #deeper(node: Node): void {
    this.#depth += 1;
    if (this.#depth > expressionDepth.value) throw this.refuse(node, 'the expression nests too deep');
  }

  #any(node: Node): string {
    switch (node.type) {
      case 'Literal':
        return this.#literal(node);
      case 'Identifier':
        return this.#name(node.name, node);
      case 'TemplateLiteral':
        return this.#template(node);
      case 'MemberExpression':
      case 'CallExpression':
      case 'ChainExpression':
        return this.#chains.write(node);
      case 'ArrayExpression':
        return this.#list(node.elements, (element) => this.expression(element));
      case 'ObjectExpression':
        return this.#object(node, (value) => this.expression(value));
      case 'UnaryExpression':
        return this.#unary(node);
      case 'BinaryExpression':
        return this.#binary(node);
      case 'LogicalExpression':
        return `(${this.expression(node.left)}${node.operator}${this.expression(node.right)})`;
      case 'ConditionalExpression':
        return `(${this.expression(node.test)}?${this.expression(node.consequent)}:${this.expression(node.alternate)})`;
      case 'SequenceExpression':
        return `(${node.expressions.map((each) => this.expression(each)).join(',')})`;
      case 'ParenthesizedExpression':
        return this.expression(node.expression);
      case 'ArrowFunctionExpression':
        throw this.refuse(node, 'an arrow function can only be an argument of a call');
      default:
        throw this.refuse(node, `${REFUSED[node.type] ?? node.type} is not allowed in an expression`);
    }
  }

  refuse(node: { readonly start: number }, why: string, hint = ''): Error {
    return badExpression(this.#text, why, node.start, hint);
  }

  temporary(): string {
    this.#temporaries += 1;
    return `_$${this.#temporaries}`;
  }

  /** Arguments of a call, as the inside of an array. */
  args(call: CallExpression): string {
    const written = call.arguments.map((argument) => {
      if (argument.type === 'ArrowFunctionExpression') return this.#arrow(argument);
      if (argument.type === 'SpreadElement') return this.#spread(argument, (each) => this.expression(each));
      return this.expression(argument);
    });
    return written.join(',');
  }

  /** A property key, for `holder[key]`. */
  key(member: MemberExpression): string {
    const { property } = member;
    if (property.type === 'PrivateIdentifier') throw this.refuse(property, 'a private name is out of reach');
    if (!member.computed) return JSON.stringify((property as { name: string }).name);
    return this.primitive(property as Node);
  }

  /** An operand that must not be an object. */
  primitive(node: Node): string {
    const text = this.expression(node);
    return this.unsafe || isPrimitive(node) ? text : `_$r.p(${text})`;
  }

  isBound(name: string): boolean {
    return this.#bound.some((names) => names.has(name));
  }

  /** Refuses names that would meet ours, and `arguments`. */
  checkName(name: string, node: { readonly start: number }): string {
    if (name.startsWith('_$')) throw this.refuse(node, `names that begin with '_$' are Remora's own`);
    if (name === 'arguments') throw this.refuse(node, "'arguments' is not allowed in an expression");
    return name;
  }

  #name(name: string, node: Node): string {
    this.checkName(name, node);
    if (this.isBound(name)) return name;
    if (name === 'module') throw this.refuse(node, MODULE_USE);
    if (!this.roots.has(name)) this.roots.set(name, node.start);
    return name;
  }

  #literal(node: Literal): string {
    if (node.regex) {
      const { pattern, flags } = node.regex;
      if (!this.unsafe && isRiskyRegex(pattern)) {
        throw this.refuse(node, `/${pattern}/ could take for ever to match`);
      }
      return this.unsafe ? `/${pattern}/${flags}` : `_$r.w(/${pattern}/${flags})`;
    }
    if (node.bigint !== null && node.bigint !== undefined) return `${node.bigint}n`;
    return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.value);
  }

  #template(node: TemplateLiteral): string {
    const parts = node.quasis.map((quasi, at) => {
      const text = JSON.stringify(quasi.value.cooked ?? '');
      const inner = node.expressions[at];
      if (!inner) return text;
      const written = this.expression(inner);
      return `${text}+${this.unsafe ? `\`\${${written}}\`` : `_$r.x(${written})`}`;
    });
    return `(${parts.join('+')})`;
  }

  #list(elements: readonly (Node | SpreadElement | null)[], write: (node: Node) => string): string {
    const written = elements.map((element) => {
      if (element === null) return 'undefined';
      return element.type === 'SpreadElement' ? this.#spread(element, write) : write(element);
    });
    return `[${written.join(',')}]`;
  }

  #spread(node: SpreadElement, write: (node: Node) => string): string {
    const text = write(node.argument);
    return this.unsafe ? `...${text}` : `..._$r.i(${text})`;
  }

  #object(node: ObjectExpression, write: (node: Node) => string): string {
    const parts: string[] = [];
    let members: string[] = [];
    for (const property of node.properties) {
      if (property.type === 'SpreadElement') {
        parts.push(`{${members.join(',')}}`, write(property.argument));
        members = [];
        continue;
      }
      if (property.kind !== 'init' || property.method) {
        throw this.refuse(property, 'methods, getters and setters are not allowed in an expression');
      }
      members.push(`${this.#propertyKey(property.key, property.computed)}:${write(property.value)}`);
    }
    const last = `{${members.join(',')}}`;
    if (parts.length === 0) return `(${last})`;
    // V8 takes `...` in an object for a side effect, so that it is done by a loop.
    return this.unsafe
      ? `({${[...parts, last].map((part) => `...${part}`).join(',')}})`
      : `_$r.o([${parts.join(',')},${last}])`;
  }

  #propertyKey(key: Node, computed: boolean): string {
    if (computed) return `[${this.primitive(key)}]`;
    const name = key.type === 'Identifier' ? key.name : String((key as Literal).value);
    if (name === '__proto__') throw this.refuse(key, "'__proto__' is not allowed in an expression");
    return JSON.stringify(name);
  }

  #unary(node: UnaryExpression): string {
    const { operator, argument } = node;
    switch (operator) {
      case '!':
      case 'void':
      case 'typeof':
        return `(${operator} ${this.expression(argument)})`;
      case '-':
      case '+':
      case '~':
        return `(${operator} ${this.primitive(argument)})`;
      default:
        throw this.refuse(node, `'${operator}' is not allowed in an expression`);
    }
  }

  #binary(node: BinaryExpression): string {
    const { operator, left, right } = node;
    if (left.type === 'PrivateIdentifier') throw this.refuse(left, 'a private name is out of reach');
    if (this.unsafe || COMPARED_RAW.has(operator)) {
      return `(${this.expression(left)} ${operator} ${this.expression(right)})`;
    }
    const call = (method: string) => `_$r.${method}(${this.expression(left)},${this.expression(right)})`;
    switch (operator) {
      case '==':
      case '!=':
        if (isNull(left) || isNull(right)) {
          return `(${this.expression(left)}${operator}${this.expression(right)})`;
        }
        return operator === '==' ? call('e') : `(!${call('e')})`;
      case '**':
        return call('y');
      case '+':
        return isNumber(left) && isNumber(right)
          ? `(${this.expression(left)} + ${this.expression(right)})`
          : call('d');
      case 'in':
        return call('h');
      case 'instanceof':
        return call('n');
      default:
        return `(${this.primitive(left)} ${operator} ${this.primitive(right)})`;
    }
  }

  #arrow(node: ArrowFunctionExpression): string {
    if (node.async) throw this.refuse(node, "'async' is not allowed in an expression");
    if (node.body.type === 'BlockStatement') {
      throw this.refuse(node.body, 'the body of an arrow function must be an expression');
    }
    const names = new Set<string>();
    this.#bound.push(names);
    const { params, lines } = this.#patterns.parameters(node.params, names);
    const body = this.value(node.body);
    this.#bound.pop();
    const start = this.unsafe ? '' : '_$r.t();';
    const text = `(${params})=>{${start}${lines}return ${body}}`;
    return this.unsafe ? `(${text})` : `_$r.w(${text})`;
  }
}

/** The static name that a value is read from, '' when there is none. */
export function nameOf(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ChainExpression':
      return nameOf(node.expression);
    case 'MemberExpression':
      if (!node.computed && node.property.type === 'Identifier') return node.property.name;
      return node.property.type === 'Literal' ? String(node.property.value) : '';
    default:
      return '';
  }
}

function isNull(node: Node): boolean {
  return (
    (node.type === 'Literal' && node.raw === 'null') ||
    (node.type === 'Identifier' && node.name === 'undefined')
  );
}

function isNumber(node: Node): boolean {
  return node.type === 'Literal' && typeof node.value === 'number';
}

function isPrimitive(node: Node): boolean {
  if (node.type === 'Literal') return !node.regex;
  return (
    node.type === 'TemplateLiteral' || node.type === 'UnaryExpression' || node.type === 'BinaryExpression'
  );
}
