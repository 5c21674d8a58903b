/** A V8 heap snapshot, read as it comes: numbers go into typed arrays, so that the text is never held as a whole. */

const LONGEST_HEAD = 1024 * 1024;
const LONGEST_STRING = 200;

export interface SnapshotLimits {
  readonly nodes: number;
  readonly edges: number;
  readonly strings: number;
}

export interface Snapshot {
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** By node. */
  readonly type: Uint8Array;
  readonly name: Uint32Array;
  readonly id: Float64Array;
  readonly size: Float64Array;
  readonly edges: Uint32Array;
  /** By edge. */
  readonly edgeType: Uint8Array;
  readonly edgeName: Uint32Array;
  readonly to: Uint32Array;
  readonly strings: readonly string[];
}

type State = 'head' | 'nodes' | 'afterNodes' | 'edges' | 'afterEdges' | 'strings' | 'end';

interface Head {
  readonly nodeFields: readonly string[];
  readonly edgeFields: readonly string[];
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  readonly nodeCount: number;
  readonly edgeCount: number;
}

/**
 * Push pieces of the text, then `finish`. What a target sends is not trusted: anything that is not such a snapshot, or is
 * larger than the limits, is an Error.
 */
export class SnapshotReader {
  readonly #limits: SnapshotLimits;
  readonly #strings: string[] = [];
  #state: State = 'head';
  #held = '';
  #head: Head | undefined;
  #number = 0;
  #digits = 0;
  #count = 0;
  #type = new Uint8Array();
  #name = new Uint32Array();
  #id = new Float64Array();
  #size = new Float64Array();
  #edges = new Uint32Array();
  #edgeType = new Uint8Array();
  #edgeName = new Uint32Array();
  #to = new Uint32Array();

  constructor(limits: SnapshotLimits) {
    this.#limits = limits;
  }

  push(piece: string): void {
    let rest = piece;
    while (rest !== '' && this.#state !== 'end') {
      if (this.#state === 'nodes' || this.#state === 'edges') rest = this.#numbers(rest);
      else if (this.#state === 'strings') rest = this.#texts(rest);
      else rest = this.#between(rest);
    }
  }

  finish(): Snapshot {
    const head = this.#head;
    if (!head || this.#state !== 'end') throw new Error('the snapshot ends before its end');
    return {
      nodeTypes: head.nodeTypes,
      edgeTypes: head.edgeTypes,
      nodeCount: head.nodeCount,
      edgeCount: head.edgeCount,
      type: this.#type,
      name: this.#name,
      id: this.#id,
      size: this.#size,
      edges: this.#edges,
      edgeType: this.#edgeType,
      edgeName: this.#edgeName,
      to: this.#to,
      strings: this.#strings,
    };
  }

  /** Looks for where the next list begins. */
  #between(text: string): string {
    const mark =
      this.#state === 'head' ? '"nodes":[' : this.#state === 'afterNodes' ? '"edges":[' : '"strings":[';
    const all = this.#held + text;
    const at = all.indexOf(mark);
    if (at < 0) {
      const isHead = this.#state === 'head';
      if (isHead && all.length > LONGEST_HEAD) throw new Error('this is no heap snapshot');
      this.#held = isHead ? all : all.slice(-mark.length);
      return '';
    }
    this.#held = '';
    if (this.#state === 'head') this.#begin(all.slice(0, at));
    this.#state = this.#state === 'head' ? 'nodes' : this.#state === 'afterNodes' ? 'edges' : 'strings';
    this.#count = 0;
    return all.slice(at + mark.length);
  }

  #begin(text: string): void {
    const head = headOf(text);
    const { nodes, edges } = this.#limits;
    if (head.nodeCount > nodes || head.edgeCount > edges) {
      throw new Error(
        `the snapshot has ${head.nodeCount} nodes and ${head.edgeCount} edges; ${nodes} and ${edges} are read`,
      );
    }
    this.#head = head;
    this.#type = new Uint8Array(head.nodeCount);
    this.#name = new Uint32Array(head.nodeCount);
    this.#id = new Float64Array(head.nodeCount);
    this.#size = new Float64Array(head.nodeCount);
    this.#edges = new Uint32Array(head.nodeCount);
    this.#edgeType = new Uint8Array(head.edgeCount);
    this.#edgeName = new Uint32Array(head.edgeCount);
    this.#to = new Uint32Array(head.edgeCount);
  }

  #numbers(text: string): string {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 48 && code <= 57) {
        this.#number = this.#number * 10 + (code - 48);
        this.#digits += 1;
        continue;
      }
      if (this.#digits > 0) this.#take();
      if (code === 93) {
        this.#close();
        return text.slice(at + 1);
      }
    }
    return '';
  }

  #take(): void {
    const head = this.#head as Head;
    const isNode = this.#state === 'nodes';
    const fields = isNode ? head.nodeFields : head.edgeFields;
    const row = Math.floor(this.#count / fields.length);
    const field = fields[this.#count % fields.length];
    const value = this.#number;
    this.#count += 1;
    this.#number = 0;
    this.#digits = 0;
    if (row >= (isNode ? head.nodeCount : head.edgeCount))
      throw new Error('the snapshot has more rows than it says');
    if (isNode) {
      if (field === 'type') this.#type[row] = value;
      else if (field === 'name') this.#name[row] = value;
      else if (field === 'id') this.#id[row] = value;
      else if (field === 'self_size') this.#size[row] = value;
      else if (field === 'edge_count') this.#edges[row] = value;
      return;
    }
    if (field === 'type') this.#edgeType[row] = value;
    else if (field === 'name_or_index') this.#edgeName[row] = value;
    else if (field === 'to_node') this.#to[row] = Math.floor(value / head.nodeFields.length);
  }

  #close(): void {
    const head = this.#head as Head;
    const isNode = this.#state === 'nodes';
    const wanted = isNode ? head.nodeCount * head.nodeFields.length : head.edgeCount * head.edgeFields.length;
    if (this.#count !== wanted) throw new Error('the snapshot has fewer rows than it says');
    this.#state = isNode ? 'afterNodes' : 'afterEdges';
  }

  /** Strings are JSON: they are cut at the quote that ends each. */
  #texts(text: string): string {
    const all = this.#held + text;
    let at = 0;
    for (;;) {
      while (at < all.length && all[at] !== '"' && all[at] !== ']') at += 1;
      if (at >= all.length) break;
      if (all[at] === ']') {
        this.#state = 'end';
        this.#held = '';
        return '';
      }
      const end = endOfString(all, at + 1);
      if (end < 0) break;
      if (this.#strings.length >= this.#limits.strings)
        throw new Error('the snapshot has more strings than are read');
      this.#strings.push(parsed(all.slice(at, end + 1)));
      at = end + 1;
    }
    this.#held = all.slice(at);
    if (this.#held.length > LONGEST_HEAD) throw new Error('a string of the snapshot is too long');
    return '';
  }
}

function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 1;
    else if (code === 34) return at;
  }
  return -1;
}

function parsed(text: string): string {
  const whole = JSON.parse(text) as string;
  return whole.length > LONGEST_STRING ? `${whole.slice(0, LONGEST_STRING)}...` : whole;
}

function headOf(text: string): Head {
  // `{"snapshot":{...},\n`
  const { snapshot } = JSON.parse(`${text.replace(/,\s*$/, '')}}`) as {
    snapshot?: { meta?: Record<string, unknown>; node_count?: unknown; edge_count?: unknown };
  };
  const meta = snapshot?.meta ?? {};
  const list = (value: unknown): string[] => {
    if (!Array.isArray(value) || value.length === 0 || value.length > 100)
      throw new Error('this is no heap snapshot');
    return value.map(String);
  };
  const count = (value: unknown): number => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw new Error('this is no heap snapshot');
    return value;
  };
  const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);
  return {
    nodeFields: list(meta.node_fields),
    edgeFields: list(meta.edge_fields),
    nodeTypes: list(first(meta.node_types)),
    edgeTypes: list(first(meta.edge_types)),
    nodeCount: count(snapshot?.node_count),
    edgeCount: count(snapshot?.edge_count),
  };
}
