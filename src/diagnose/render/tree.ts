export interface TreeNode {
  /** May have several lines; styled by the caller. */
  readonly label: string;
  readonly children?: readonly TreeNode[];
}

interface Open {
  readonly node: TreeNode;
  /** What stands before its first line, and before every further one. */
  readonly first: string;
  readonly rest: string;
}

/** A tree with box drawing, depth first. Iterative: a trace can be deep. */
export function renderTree(root: TreeNode): string {
  const lines: string[] = [];
  const open: Open[] = [{ node: root, first: '', rest: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, first, rest } = next;
    node.label.split('\n').forEach((line, index) => {
      lines.push((index === 0 ? first : rest) + line);
    });
    const children = node.children ?? [];
    for (let i = children.length - 1; i >= 0; i--) {
      const last = i === children.length - 1;
      open.push({
        node: children[i] as TreeNode,
        first: `${rest}${last ? '└─' : '├─'}`,
        rest: `${rest}${last ? '  ' : '│ '}`,
      });
    }
  }
  return lines.join('\n');
}
