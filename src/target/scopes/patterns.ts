/** What a pattern gives values to, whether it declares names (`const {a, b: [c]} = x`) or not (`[a, o.b] = x`). */
import type { AnyNode, Node } from 'acorn';

export interface Leaf {
  /** An identifier; of a pattern that declares nothing also a member, or whatever else can be assigned to. */
  readonly node: AnyNode;
  /** What it is given where the pattern finds nothing: `1` of `{a = 1}`. */
  readonly byDefault?: Node;
  /** `{a}` and `{a = 1}`: key and leaf are one word. */
  readonly isShorthand: boolean;
}

/** `evaluated` is given what the pattern computes on its way: keys and default values. */
export function forEachLeaf(
  pattern: AnyNode,
  found: (leaf: Leaf) => void,
  evaluated: (expression: AnyNode) => void,
): void {
  visit(pattern, undefined, false);

  function visit(node: AnyNode, byDefault: Node | undefined, isShorthand: boolean): void {
    switch (node.type) {
      case 'AssignmentPattern':
        visit(node.left as AnyNode, node.right, isShorthand);
        evaluated(node.right as AnyNode);
        return;
      case 'RestElement':
        visit(node.argument as AnyNode, undefined, false);
        return;
      case 'ArrayPattern':
        for (const each of node.elements) if (each) visit(each as AnyNode, undefined, false);
        return;
      case 'ObjectPattern':
        for (const each of node.properties) {
          if (each.type === 'Property' && each.computed) evaluated(each.key as AnyNode);
          if (each.type === 'Property') visit(each.value as AnyNode, undefined, each.shorthand);
          else visit(each as AnyNode, undefined, false);
        }
        return;
      default:
        found({ node, byDefault, isShorthand });
    }
  }
}

/** Its parameters compute something: the body then has variables of its own, apart from theirs. */
export function computesSomething(patterns: readonly Node[]): boolean {
  let computes = false;
  for (const each of patterns) {
    forEachLeaf(
      each as AnyNode,
      () => {},
      () => {
        computes = true;
      },
    );
  }
  return computes;
}
