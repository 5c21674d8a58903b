import type { Expression as Node, Pattern } from 'acorn';
import type { Rewriter } from './rewrite.js';

/**
 * Parameters of arrow functions. Patterns become plain reads, since `[a, b]` would otherwise ask the value's own
 * iterator.
 */
export class PatternWriter {
  readonly #rewriter: Rewriter;

  constructor(rewriter: Rewriter) {
    this.#rewriter = rewriter;
  }

  /** `params` = the parameter list; `lines` = declarations for the head of the body. Adds what is bound to `names`. */
  parameters(patterns: readonly Pattern[], names: Set<string>): { params: string; lines: string } {
    const lines: string[] = [];
    const params = patterns.map((pattern) => {
      if (pattern.type === 'Identifier') return this.#bind(pattern.name, pattern, names);
      const rest = pattern.type === 'RestElement';
      const inner = rest ? pattern.argument : pattern;
      const name = this.#rewriter.temporary();
      this.#take(inner, name, names, lines);
      return rest ? `...${name}` : name;
    });
    return { params: params.join(','), lines: lines.join('') };
  }

  #bind(name: string, node: Pattern, names: Set<string>): string {
    names.add(this.#rewriter.checkName(name, node));
    return name;
  }

  #take(pattern: Pattern, source: string, names: Set<string>, lines: string[]): void {
    switch (pattern.type) {
      case 'Identifier':
        lines.push(`const ${this.#bind(pattern.name, pattern, names)}=${source};`);
        return;
      case 'AssignmentPattern': {
        const given = this.#declare(source, lines);
        const fallback = this.#rewriter.expression(pattern.right);
        this.#take(pattern.left, `(${given}===void 0?${fallback}:${given})`, names, lines);
        return;
      }
      case 'ArrayPattern': {
        const list = this.#declare(this.#rewriter.unsafe ? `[...${source}]` : `_$r.i(${source})`, lines);
        pattern.elements.forEach((element, index) => {
          if (element === null) return;
          const rest = element.type === 'RestElement';
          const part = rest ? this.#tail(list, index) : `${list}[${index}]`;
          this.#take(rest ? element.argument : element, part, names, lines);
        });
        return;
      }
      case 'ObjectPattern': {
        const holder = this.#declare(this.#rewriter.unsafe ? source : `_$r.b(${source})`, lines);
        for (const property of pattern.properties) {
          if (property.type === 'RestElement')
            throw this.#rewriter.refuse(property, "'...' is not allowed here");
          const key = property.computed
            ? this.#rewriter.primitive(property.key)
            : JSON.stringify(keyName(property.key));
          this.#take(property.value, `${holder}[${key}]`, names, lines);
        }
        return;
      }
      default:
        throw this.#rewriter.refuse(pattern, 'this parameter is not allowed');
    }
  }

  #declare(source: string, lines: string[]): string {
    const name = this.#rewriter.temporary();
    lines.push(`const ${name}=${source};`);
    return name;
  }

  #tail(list: string, from: number): string {
    return this.#rewriter.unsafe ? `${list}.slice(${from})` : `_$r.c(${list},"slice",[${from}])`;
  }
}

function keyName(key: Node): string {
  return key.type === 'Identifier' ? key.name : String((key as { value?: unknown }).value);
}
