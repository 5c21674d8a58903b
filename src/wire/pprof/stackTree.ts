/** A function as V8 names it; line and column count from 1, 0 = unknown. */
export interface ScriptPlace {
  /** '' = anonymous. */
  readonly functionName: string;
  /** An absolute path, a URL, `node:...`, or ''. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** A function at one place of the call tree. */
export interface StackNode {
  readonly place: ScriptPlace;
  readonly parent: StackNode | undefined;
  readonly children: Map<string, StackNode>;
  /** What was seen in this very function, by line (0 = unknown): two numbers, whose meaning is the profile's. */
  readonly self: Map<number, [number, number]>;
}

const ROOT: ScriptPlace = { functionName: '(root)', url: '', line: 0, column: 0 };

/** Call stacks with numbers, put together from several profiles of one thread. */
export class StackTree {
  readonly root: StackNode = { place: ROOT, parent: undefined, children: new Map(), self: new Map() };
  readonly #limit: number;
  #size = 0;
  #cut = 0;

  /** `limit`: functions in the tree at most; what lies deeper is counted where the tree ends. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** How often the limit cut a stack. */
  get cut(): number {
    return this.#cut;
  }

  child(node: StackNode, place: ScriptPlace): StackNode {
    const { functionName, url, line, column } = place;
    const key = `${line}:${column}:${functionName}\n${url}`;
    const known = node.children.get(key);
    if (known) return known;
    if (this.#size >= this.#limit) {
      this.#cut += 1;
      return node;
    }
    this.#size += 1;
    const made: StackNode = { place, parent: node, children: new Map(), self: new Map() };
    node.children.set(key, made);
    return made;
  }

  add(node: StackNode, line: number, first: number, second: number): void {
    const values = node.self.get(line);
    if (values) {
      values[0] += first;
      values[1] += second;
    } else {
      node.self.set(line, [first, second]);
    }
  }

  /** Every node below the root. */
  *nodes(): Generator<StackNode> {
    const open = [...this.root.children.values()];
    for (let node = open.pop(); node; node = open.pop()) {
      yield node;
      open.push(...node.children.values());
    }
  }
}
