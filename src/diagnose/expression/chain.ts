import type { CallExpression, ChainExpression, MemberExpression, Expression as Node } from 'acorn';
import { MODULE_USE, type Rewriter } from './rewrite.js';

type Link =
  | { readonly kind: 'member'; readonly node: MemberExpression }
  | { readonly kind: 'call'; readonly node: CallExpression };

/**
 * Member and call chains. Each call goes through the runtime with its receiver; a `?.` becomes an arrow function that is
 * called at once, so that what stands before it is evaluated once and what follows not at all.
 */
export class ChainWriter {
  readonly #rewriter: Rewriter;

  constructor(rewriter: Rewriter) {
    this.#rewriter = rewriter;
  }

  write(node: MemberExpression | CallExpression | ChainExpression): string {
    const links: Link[] = [];
    let base: Node = node.type === 'ChainExpression' ? node.expression : node;
    while (base.type === 'MemberExpression' || base.type === 'CallExpression') {
      links.unshift(
        base.type === 'MemberExpression' ? { kind: 'member', node: base } : { kind: 'call', node: base },
      );
      const inner: Node | { type: 'Super'; start: number } =
        base.type === 'MemberExpression' ? base.object : base.callee;
      if (inner.type === 'Super')
        throw this.#rewriter.refuse(inner, "'super' is not allowed in an expression");
      base = inner;
    }
    const module = this.#module(base, links[0]);
    const start = module ?? this.#base(base);
    return this.#rest(links, module === undefined ? 0 : 1, start);
  }

  #base(base: Node): string {
    const text = this.#rewriter.expression(base);
    return base.type === 'Identifier' ? text : `(${text})`;
  }

  /** `module('pattern')`: the exports of a loaded module. */
  #module(base: Node, first: Link | undefined): string | undefined {
    if (base.type !== 'Identifier' || base.name !== 'module' || this.#rewriter.isBound('module'))
      return undefined;
    const [argument, ...more] = first?.kind === 'call' ? first.node.arguments : [];
    if (argument?.type !== 'Literal' || typeof argument.value !== 'string' || more.length > 0) {
      throw this.#rewriter.refuse(base, MODULE_USE);
    }
    this.#rewriter.modules.push(argument.value);
    return `_$r.m(_$m[${this.#rewriter.modules.length - 1}])`;
  }

  #rest(links: readonly Link[], at: number, current: string): string {
    const link = links[at];
    if (!link) return current;
    if (link.node.optional) {
      const name = this.#rewriter.temporary();
      return `((${name})=>${name}==null?void 0:${this.#step(links, at, name)})(${current})`;
    }
    return this.#step(links, at, current);
  }

  #step(links: readonly Link[], at: number, current: string): string {
    const link = links[at] as Link;
    const next = links[at + 1];
    if (link.kind === 'call') return this.#rest(links, at + 1, this.#call(link.node, current));
    const key = this.#rewriter.key(link.node);
    if (next?.kind !== 'call') return this.#rest(links, at + 1, `${current}[${key}]`);
    if (!next.node.optional) return this.#rest(links, at + 2, this.#method(next.node, current, key));
    const holder = this.#rewriter.temporary();
    const fn = this.#rewriter.temporary();
    const args = this.#rewriter.args(next.node);
    const call = this.#rewriter.unsafe
      ? `Reflect.apply(${fn},${holder},[${args}])`
      : `_$r.k(${fn},${holder},[${args}],'')`;
    const after = this.#rest(links, at + 2, call);
    return `((${holder})=>((${fn})=>${fn}==null?void 0:${after})(${holder}[${key}]))(${current})`;
  }

  #call(node: CallExpression, current: string): string {
    const args = this.#rewriter.args(node);
    return this.#rewriter.unsafe ? `(0,${current})(${args})` : `_$r.f(${current},[${args}])`;
  }

  #method(node: CallExpression, current: string, key: string): string {
    const args = this.#rewriter.args(node);
    return this.#rewriter.unsafe ? `${current}[${key}](${args})` : `_$r.c(${current},${key},[${args}])`;
  }
}
