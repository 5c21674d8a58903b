import type { AnyNode } from 'acorn';

/** How the tracer comes to know what is called, without running anything. */
export interface Root {
  /** What it is given: a name, `this`; '' when the script does not declare the name. */
  readonly given: string;
  /** Offset of the name, or of `this`. */
  readonly at: number;
  /** Properties from there on. */
  readonly path: readonly string[];
  readonly isGlobal?: boolean;
}

/** What names alone lead to: reading them runs nothing and has no end. */
export function rootOf(callee: AnyNode, isDeclared: (name: string, at: number) => boolean): Root | undefined {
  const path: string[] = [];
  let at = callee;
  while (at.type === 'MemberExpression') {
    if (at.computed || at.property.type !== 'Identifier' || at.optional) return undefined;
    path.unshift(at.property.name);
    at = at.object as AnyNode;
  }
  if (at.type === 'ThisExpression')
    return path.length > 0 ? { given: 'this', at: at.start, path } : undefined;
  if (at.type !== 'Identifier') return undefined;
  if (isDeclared(at.name, at.start)) return { given: at.name, at: at.start, path };
  // A global may be a getter.
  return { given: '', at: at.start, path: [at.name, ...path], isGlobal: true };
}
