import type { AnchorQuery } from '../../probe/index.js';
import type { FoundClass, Script, ScriptSearch } from '../scripts/index.js';
import { anchorMs, anchorObjects } from './limits.js';
import type { FunctionFacts, RemoteObjects, RemoteValue } from './remoteObjects.js';

const DEPTH = 6;
/** Candidates that V8 is asked about. */
const MOST_ASKED = 64;
/** Names, and texts of functions without one, that are looked for. */
const MOST_MARKS = 200;
const LONGEST_TEXT = 1000;

/** Where a variable or a static field was found. */
export interface ScopeValue {
  readonly name: string;
  readonly value: RemoteValue;
  /** `variable`, `export`, `static`, `private static`. */
  readonly kind: string;
}

type Marks = Pick<AnchorQuery, 'names' | 'texts'>;

/** A function that V8 knows to be of the wanted script. */
interface Anchor {
  readonly fn: RemoteValue;
  readonly facts: FunctionFacts;
}

/**
 * Reads what a module's functions see and what its classes hold, without running anything. `viaHeap` searches the whole
 * heap where no function of the module can be reached otherwise.
 */
export class ModuleScope {
  readonly #objects: RemoteObjects;
  readonly #search: ScriptSearch;
  readonly #viaHeap: ((prototype: RemoteValue) => Promise<RemoteValue>) | undefined;
  #register: RemoteValue | undefined;

  constructor(
    objects: RemoteObjects,
    search: ScriptSearch,
    viaHeap?: (prototype: RemoteValue) => Promise<RemoteValue>,
  ) {
    this.#objects = objects;
    this.#search = search;
    this.#viaHeap = viaHeap;
  }

  /** Variables that functions of the module share, and what it exports. Undefined when no function of it can be had. */
  async variables(script: Script): Promise<readonly ScopeValue[] | undefined> {
    const found = new Map<string, ScopeValue>();
    const exported = await this.#objects.tool(
      'exportsOf',
      { value: script.path },
      { value: script.url },
      await this.#scopes(),
    );
    for (const name of await this.#objects.toolValue<string[]>('memberNames', exported)) {
      const value = await this.#objects.tool('memberValue', exported, { value: name });
      found.set(name, { name, value, kind: 'export' });
    }
    const anchors = await this.#anchorsOf(script, await this.#marksOf(script));
    for (const { facts } of anchors) {
      if (!facts.scopes) continue;
      const rows = await this.#objects.toolValue<{ at: number; names: string[] }[]>(
        'scopeNames',
        facts.scopes,
      );
      // Outermost first: a module's own variable counts before one of a function in it.
      for (const { at, names } of rows.reverse()) {
        for (const name of names) {
          if (found.get(name)?.kind === 'variable' || WRAPPER.has(name)) continue;
          const value = await this.#objects.tool('scopeValue', facts.scopes, { value: at }, { value: name });
          found.set(name, { name, value, kind: 'variable' });
        }
      }
    }
    return anchors.length === 0 && found.size === 0 ? undefined : [...found.values()];
  }

  /** The class itself; undefined when it cannot be reached. */
  async classOf({ script, info }: FoundClass): Promise<RemoteValue | undefined> {
    const fits = ({ facts }: Anchor): boolean =>
      facts.place !== undefined &&
      facts.place.lineNumber + 1 >= info.start.line &&
      facts.place.lineNumber + 1 <= info.end.line;
    const variables = (await this.variables(script)) ?? [];
    const candidates = variables.filter(({ name, value }) => name === info.name && value.type === 'function');
    for (const { value } of candidates) {
      if (fits({ fn: value, facts: await this.#objects.facts(value) })) return value;
    }
    const anchors = await this.#anchorsOf(script, { names: [info.name], texts: [] }, fits);
    return anchors[0]?.fn;
  }

  /** Static fields with data in them, private ones too. */
  async staticFields(holder: RemoteValue): Promise<readonly ScopeValue[]> {
    const names = await this.#objects.toolValue<string[]>('memberNames', holder);
    const fields: ScopeValue[] = [];
    for (const name of names) {
      fields.push({
        name,
        kind: 'static',
        value: await this.#objects.tool('memberValue', holder, { value: name }),
      });
    }
    for (const { name, value } of await this.#objects.privates(holder)) {
      // An accessor has no value, a method is no field.
      if (value && value.type !== 'function') fields.push({ name, value, kind: 'private static' });
    }
    return fields;
  }

  async #anchorsOf(
    script: Script,
    marks: Marks,
    fits: (anchor: Anchor) => boolean = () => true,
  ): Promise<Anchor[]> {
    const { path, url } = script;
    for (const where of [
      // What the module itself exports is mostly its own.
      { path, url, names: [], texts: [] },
      { path, url, ...marks },
      { path: '', url: '', ...marks },
    ]) {
      const query: AnchorQuery = {
        ...where,
        depth: DEPTH,
        objects: anchorObjects.value,
        ms: anchorMs.value,
      };
      const found = await this.#objects.tool('anchors', { value: query }, await this.#scopes());
      const anchors = (await this.#inScript(script, found)).filter(fits);
      if (anchors.length > 0) return anchors;
    }
    if (!this.#viaHeap) return [];
    const all = await this.#viaHeap(await this.#objects.tool('functionPrototype'));
    const named = await this.#objects.tool('named', all, { value: marks });
    return (await this.#inScript(script, named)).filter(fits);
  }

  async #inScript(script: Script, functions: RemoteValue): Promise<Anchor[]> {
    const anchors: Anchor[] = [];
    for (const fn of (await this.#objects.elements(functions)).slice(0, MOST_ASKED)) {
      const facts = await this.#objects.facts(fn);
      if (facts.place?.scriptId === script.scriptId) anchors.push({ fn, facts });
    }
    return anchors;
  }

  /** What functions of the script are known by among all others: their names, else their texts. */
  async #marksOf(script: Script): Promise<Marks> {
    const functions = await this.#search.functionsOf(script);
    const source = await this.#search.list.source(script);
    const names = functions.map(({ info }) => info.facts.ownName).filter((name) => name !== '');
    const texts = functions
      .filter(({ info }) => info.facts.ownName === '')
      .map(({ info }) => source.slice(...info.facts.text))
      .filter((text) => text.length <= LONGEST_TEXT);
    return {
      names: [...new Set(names)].slice(0, MOST_MARKS),
      texts: [...new Set(texts)].slice(0, MOST_MARKS),
    };
  }

  async #scopes(): Promise<RemoteValue> {
    this.#register ??= await registerScopes(this.#objects);
    return this.#register;
  }
}

/** What Node's wrapper around a CommonJS module declares. */
const WRAPPER = new Set(['exports', 'require', 'module', '__filename', '__dirname', 'this', 'arguments']);

/** [[Scopes]] of `module.register`, where Node keeps its loader of ES modules. */
export async function registerScopes(objects: RemoteObjects): Promise<RemoteValue> {
  const register = await objects.exposed('moduleRegister');
  return (await objects.facts(register)).scopes ?? { value: null };
}
