import { fileURLToPath } from 'node:url';
import type { PprofFrame, PprofSample, ScriptPlace, StackNode, StackTree } from '../../wire/index.js';
import { type FunctionNames, functionNames } from '../scripts/index.js';
import type { Target } from '../types.js';
import { namedFileBytes, namedFiles, namingMs } from './limits.js';

/** Gives each function and line of a process its one frame. */
export interface FrameTable {
  frame(process: string, named: Omit<PprofFrame, 'address'>): PprofFrame;
}

/** A function as it is shown. */
export type ShownFunction = Pick<PprofFrame, 'name' | 'file' | 'startLine'>;

/** Functions of a tree in the source that people wrote, each under the address that it has for good. */
export class Naming {
  readonly #process: string;
  readonly #table: FrameTable;
  readonly #files: ReadonlyMap<string, FunctionNames>;
  readonly #shown = new Map<ScriptPlace, ShownFunction>();

  private constructor(process: string, table: FrameTable, files: ReadonlyMap<string, FunctionNames>) {
    this.#process = process;
    this.#table = table;
    this.#files = files;
  }

  /** Reads the source maps of all scripts in the tree, as far as that goes in the time there is. Never rejects. */
  static async of(target: Target, trees: readonly StackTree[], table: FrameTable): Promise<Naming> {
    const files = new Map<string, FunctionNames>();
    const all = Promise.all(
      filesOf(trees).map(async ([url, path]) => {
        const names = await functionNames(target, path, { bytes: namedFileBytes.value }).catch(
          () => undefined,
        );
        if (names) files.set(url, names);
      }),
    );
    await inTime(all, namingMs.value);
    const { pid, startTicks } = target.process;
    // A copy: what comes late must not change names in the middle.
    return new Naming(`${pid}:${startTicks}`, table, new Map(files));
  }

  *samples(tree: StackTree): Generator<PprofSample> {
    for (const node of tree.nodes()) {
      if (node.self.size === 0) continue;
      const callers: PprofFrame[] = [];
      for (let at = node.parent; at?.parent; at = at.parent) callers.push(this.#frame(at, at.place.line));
      for (const [line, values] of node.self) yield { stack: [this.#frame(node, line), ...callers], values };
    }
  }

  #frame({ place }: StackNode, line: number): PprofFrame {
    const shown = this.functionAt(place);
    return this.#table.frame(this.#process, { ...shown, line: this.lineAt(place, line, shown) });
  }

  /** As its source calls it. */
  functionAt(place: ScriptPlace): ShownFunction {
    let shown = this.#shown.get(place);
    if (!shown) {
      shown = this.#look(place);
      this.#shown.set(place, shown);
    }
    return shown;
  }

  #look(place: ScriptPlace): ShownFunction {
    const names = this.#files.get(place.url);
    const original = names?.map.original({ line: place.line, column: Math.max(1, place.column) });
    const file = original && names?.map.sources[original.source];
    // Functions that are part of V8 or Node.js itself come with lines of nowhere.
    if (place.url === '') return { name: called(place.functionName, '', 0), file: '', startLine: 0 };
    if (!names || !original || file === undefined) {
      const path = pathOf(place.url) || place.url;
      return { name: called(place.functionName, path, place.line), file: path, startLine: place.line };
    }
    const name = names.nameOf(place, place.functionName) ?? place.functionName;
    return { name: called(name, file, original.line), file, startLine: original.line };
  }

  /** A line of the compiled script as one of the source; V8 tells no column for it. */
  lineAt(place: ScriptPlace, line: number, shown: ShownFunction): number {
    if (line === place.line || line === 0 || shown.startLine === 0) return shown.startLine;
    const names = this.#files.get(place.url);
    if (!names) return line;
    const first = names.map.segments(line).find(({ source }) => names.map.sources[source] === shown.file);
    return first?.to ?? shown.startLine;
  }
}

/** The scripts whose source people want to see, as far as the limit goes. */
function filesOf(trees: readonly StackTree[]): [url: string, path: string][] {
  const weights = new Map<string, number>();
  for (const tree of trees) {
    for (const { place, self } of tree.nodes()) {
      let weight = weights.get(place.url) ?? 0;
      for (const [, amount] of self.values()) weight += amount;
      weights.set(place.url, weight);
    }
  }
  const isPackage = (path: string): number => Number(path.includes('/node_modules/'));
  return [...weights]
    .map(([url, weight]) => ({ url, weight, path: pathOf(url) }))
    .filter(({ path }) => path !== '')
    .sort((a, b) => isPackage(a.path) - isPackage(b.path) || b.weight - a.weight)
    .slice(0, namedFiles.value)
    .map(({ url, path }) => [url, path]);
}

function called(name: string, file: string, line: number): string {
  if (name !== '') return name;
  if (file === '') return '(anonymous)';
  return `(anonymous)@${file.replace(/.*\//s, '')}${line > 0 ? `:${line}` : ''}`;
}

function pathOf(url: string): string {
  if (url.startsWith('/')) return url;
  if (!url.startsWith('file://')) return '';
  try {
    return fileURLToPath(url.replace(/[?#].*$/s, ''));
  } catch {
    return '';
  }
}

async function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
