import { errorText } from '../../base/index.js';
import type { Lease, Target } from '../types.js';
import { type DebuggerDomain, debuggerOf } from './debuggerDomain.js';
import { scriptErrors } from './errors.js';
import { parsedFunctions, scriptCount, scriptLength, sourceCacheBytes } from './limits.js';
import { parseScript } from './parser.js';
import type { ParsedScript, Script } from './script.js';
import { nameOf, pathOf } from './scriptName.js';
import type { FoundFunction } from './search.js';
import { WeightedCache } from './weightedCache.js';

const lists = new WeakMap<Target, ScriptList>();
const sources = new WeightedCache<string>(() => sourceCacheBytes.value);

/** The scripts of a target: one list for all who need it. */
export function scriptsOf(target: Target): ScriptList {
  let list = lists.get(target);
  if (!list) {
    list = new ScriptList(target);
    lists.set(target, list);
  }
  return list;
}

/** What V8 has loaded in a target's main thread. Complete while somebody holds `open()`. */
export class ScriptList {
  readonly target: Target;
  readonly debugger: DebuggerDomain;
  /** Functions by script, with the names people know: to look them up in a map takes longer than anything else here. */
  readonly named = {
    done: new WeightedCache<readonly FoundFunction[]>(() => parsedFunctions.value),
    pending: new Map<string, Promise<readonly FoundFunction[]>>(),
  };
  /** By URL: of a file that was loaded again only the last script counts. */
  readonly #byUrl = new Map<string, Script>();
  readonly #byId = new Map<string, Script>();
  #listening = false;
  #leftOut = 0;

  constructor(target: Target) {
    this.target = target;
    this.debugger = debuggerOf(target);
    this.debugger.onEnable(() => this.#listen());
  }

  /**
   * Makes the list complete, and keeps it so until the lease is released. The first time on a large program takes most
   * of a second of the target's time (`debugger.enableMs` says).
   * @throws RemoraError of the target
   */
  open(): Promise<Lease> {
    return this.debugger.use();
  }

  /** Scripts that have a name, sorted by it: the program's own first, then packages, then (if asked) Node.js itself. */
  all({ internal = false } = {}): Script[] {
    const rank = (script: Script): number => (script.isInternal ? 2 : script.packageName ? 1 : 0);
    return [...this.#byUrl.values()]
      .filter((script) => internal || !script.isInternal)
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** How many scripts the limit left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  byUrl(url: string): Script | undefined {
    return this.#byUrl.get(url) ?? this.#byUrl.get(`file://${url}`);
  }

  byId(scriptId: string): Script | undefined {
    return this.#byId.get(scriptId);
  }

  /**
   * The text that V8 runs.
   * @throws RemoraError `script-too-long`, `script-gone`, and those of the target
   */
  async source(script: Script): Promise<string> {
    const known = sources.get(script.hash);
    if (known !== undefined) return known;
    if (script.length > scriptLength.value) {
      throw scriptErrors.tooLong(script.name, script.length, scriptLength.value);
    }
    const lease = await this.open();
    try {
      const { scriptSource } = await this.target.cdp<{ scriptSource: string }>('Debugger.getScriptSource', {
        scriptId: script.scriptId,
      });
      sources.set(script.hash, scriptSource, scriptSource.length * 2);
      return scriptSource;
    } catch (error) {
      if (this.target.closed.aborted) throw error;
      throw scriptErrors.gone(script.name, errorText(error));
    } finally {
      lease.release();
    }
  }

  /**
   * Functions and classes.
   * @throws RemoraError `script-not-parsed`, and those of `source`
   */
  async parsed(script: Script): Promise<ParsedScript> {
    const parsed = await parseScript(script.hash, await this.source(script), script.isModule);
    if ('why' in parsed) throw scriptErrors.notParsed(script.name, parsed.why);
    return parsed;
  }

  #listen(): void {
    // Turned on again, V8 reports all scripts anew.
    this.#byUrl.clear();
    this.#byId.clear();
    this.#leftOut = 0;
    if (this.#listening) return;
    this.#listening = true;
    this.target.onCdp('Debugger.scriptParsed', (params) => this.#add(params));
  }

  #add(params: Record<string, unknown>): void {
    const url = String(params.url ?? '');
    // Evals without a name, the probe's own evaluations among them; traced copies have one.
    if (url === '' || url.startsWith('remora:') || params.scriptLanguage === 'WebAssembly') return;
    if (this.#byId.size >= scriptCount.value) {
      this.#leftOut += 1;
      return;
    }
    const path = pathOf(url);
    const { name, packageName } = nameOf(path, url, this.target.process.cwd);
    const map = String(params.sourceMapURL ?? '');
    const script: Script = {
      scriptId: String(params.scriptId),
      url,
      path,
      name,
      packageName,
      // V8 gives no hash when it has thrown the source away; then nothing is shared under it.
      hash: `${String(params.hash || `${this.target.process.pid}:${String(params.scriptId)}`)}:${String(params.length)}`,
      length: Number(params.length ?? 0),
      sourceMapURL: map.startsWith('data:') ? 'data:' : map,
      isModule: params.isModule === true,
      isInternal: url.startsWith('node:'),
      startLine: Number(params.startLine ?? 0),
      startColumn: Number(params.startColumn ?? 0),
      isOtherContext:
        (params.executionContextAuxData as { isDefault?: unknown } | undefined)?.isDefault === false,
    };
    const before = this.#byUrl.get(url);
    if (before) this.#byId.delete(before.scriptId);
    this.#byUrl.set(url, script);
    this.#byId.set(script.scriptId, script);
  }
}
