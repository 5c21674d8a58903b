/** What the place where a function or class stands says about its name. */
import type { AnyNode, Node } from 'acorn';
import type { ClassNode } from '../scopes/index.js';
import { memberPath } from './namesOfNodes.js';
import type { FunctionKind } from './script.js';

export interface Hint {
  readonly name: string;
  /** Offset of the naming word. */
  readonly at?: number;
  /** Offset of the first word of a name with several: `Cart` of `Cart.total`, `handlers` of `handlers.list`. */
  readonly headAt?: number;
  /** What declares it, where that is more than itself. */
  readonly whole?: Node;
  readonly exported?: boolean;
  readonly kind?: FunctionKind;
  readonly className?: string;
  readonly isStatic?: boolean;
  readonly isPrivate?: boolean;
  /** The property it is declared under. */
  readonly key?: string;
  /** Of a constructor. */
  readonly of?: OfClass;
}

export interface OfClass {
  readonly node: ClassNode;
  /** Offset of the first word of its name. */
  readonly at?: number;
  readonly hasPrivateStatics: boolean;
}

export interface Around {
  readonly within: string;
  readonly className: string;
  /** Offset of the word that names the class. */
  readonly classAt?: number;
}

export const NO_HINT: Hint = { name: '' };

/** The name that an assignment gives what stands on its right. */
export function assigned(left: AnyNode, around: Around): Hint {
  const path = memberPath(left);
  if (path === undefined) return NO_HINT;
  const at = left.type === 'MemberExpression' ? left.property.start : left.start;
  const key = left.type === 'MemberExpression' ? path.slice(path.lastIndexOf('.') + 1) : undefined;
  return { at, headAt: headOf(left).start, key, ...named(path, around) };
}

/** `a` of `a.b.c`; `b.c` of `exports.b.c`. */
function headOf(node: AnyNode): Node {
  let head = node;
  while (head.type === 'MemberExpression') {
    const holder = head.object as AnyNode;
    if (/^(module\.)?exports$/.test(memberPath(holder) ?? '')) return head.property;
    head = holder;
  }
  return head;
}

function named(path: string, around: Around): Hint {
  const [, holder, member] = /^(?:module\.)?(exports)\.([^.]+)$/.exec(path) ?? [];
  if (holder && member) return { name: member, exported: true };
  if (path === 'module.exports' || path === 'exports') return { name: 'module.exports', exported: true };
  const [, className, method] = /^(.+)\.prototype\.([^.]+)$/.exec(path) ?? [];
  if (className && method) return { name: `${className}.${method}`, kind: 'method', className };
  if (path.startsWith('this.')) {
    return {
      name: around.className ? `${around.className}#${path.slice(5)}` : path.slice(5),
      className: around.className,
      headAt: around.classAt,
    };
  }
  return { name: path };
}

/** A key that was computed is known to the program alone, unless it is plain text. */
export function plainKey(key: string, computed: boolean): string {
  return computed ? (/^\['([^'\\]*)'\]$|^\["([^"\\]*)"\]$/.exec(key)?.slice(1).join('') ?? '') : key;
}

export function hasPrivateStatics(node: ClassNode): boolean {
  return node.body.body.some(
    (member) => member.type !== 'StaticBlock' && member.static && member.key.type === 'PrivateIdentifier',
  );
}
