import { RemoraError } from '../../base/index.js';
import type { Target } from '../types.js';

/** A value of a target by reference, or itself where it is no object. */
export interface RemoteValue {
  readonly type?: string;
  readonly subtype?: string;
  readonly objectId?: string;
  readonly value?: unknown;
  /** `-0`, `NaN`, `10n`. */
  readonly unserializableValue?: string;
  readonly description?: string;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteValue;
}

interface Reply {
  readonly result?: RemoteValue;
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** Where V8 says a function is; counts from 0. */
export interface FunctionPlace {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface FunctionFacts {
  readonly place?: FunctionPlace;
  /** Its [[Scopes]], to be handed to a tool. */
  readonly scopes?: RemoteValue;
}

const TOOLS = "globalThis[Symbol.for('remora.probe')].tools";
const TIMEOUT_MS = 5000;
let groups = 0;

/**
 * Objects of a target by reference, for the time of one command: `release` lets go of all. Nothing of them is kept alive
 * afterwards. The tools are those that src/probe/inspect/ exposes.
 */
export class RemoteObjects {
  readonly target: Target;
  readonly #signal: AbortSignal | undefined;
  readonly #group: string;
  #tools: RemoteValue | undefined;

  constructor(target: Target, signal?: AbortSignal) {
    groups += 1;
    this.target = target;
    this.#signal = signal;
    this.#group = `remora-objects-${groups}`;
  }

  /** A tool's result by reference. */
  async tool(
    name: string,
    ...args: readonly (RemoteValue | { readonly value: unknown })[]
  ): Promise<RemoteValue> {
    return await this.#call(name, args, false);
  }

  /** A tool's result, which is JSON text or a plain value. */
  async toolValue<T>(
    name: string,
    ...args: readonly (RemoteValue | { readonly value: unknown })[]
  ): Promise<T> {
    const { value } = await this.#call(name, args, true);
    return (typeof value === 'string' ? JSON.parse(value) : value) as T;
  }

  /** What the probe exposes under that name, by reference. */
  async exposed(name: string): Promise<RemoteValue> {
    return await this.#evaluate(`${TOOLS}[${JSON.stringify(name)}]`);
  }

  /** The elements of an array. */
  async elements(array: RemoteValue): Promise<readonly RemoteValue[]> {
    if (array.objectId === undefined) return [];
    const { result } = await this.#properties(array.objectId);
    return result.filter(({ name }) => /^\d+$/.test(name)).map(({ value }) => value ?? {});
  }

  /** A member of an object that a tool of ours has made. */
  async member(object: RemoteValue, name: string): Promise<RemoteValue> {
    if (object.objectId === undefined) return {};
    const { result } = await this.#properties(object.objectId);
    return result.find((property) => property.name === name)?.value ?? {};
  }

  /** Where a function is and what it sees; V8 knows both, nothing is run. */
  async facts(fn: RemoteValue): Promise<FunctionFacts> {
    if (fn.objectId === undefined) return {};
    const { internalProperties = [] } = await this.#properties(fn.objectId);
    const of = (name: string): RemoteValue | undefined =>
      internalProperties.find((property) => property.name === name)?.value;
    return {
      place: of('[[FunctionLocation]]')?.value as FunctionPlace | undefined,
      scopes: of('[[Scopes]]'),
    };
  }

  /** Private members: `#total`. */
  async privates(
    object: RemoteValue,
  ): Promise<readonly { readonly name: string; readonly value?: RemoteValue }[]> {
    if (object.objectId === undefined) return [];
    return (await this.#properties(object.objectId)).privateProperties ?? [];
  }

  /** An array of all objects that inherit from `prototype`: forces a collection and walks the whole heap. */
  async instances(prototype: RemoteValue, timeoutMs: number): Promise<RemoteValue> {
    const reply = await this.target.cdp<{ objects: RemoteValue }>(
      'Runtime.queryObjects',
      { prototypeObjectId: prototype.objectId, objectGroup: this.#group },
      { signal: this.#signal, timeoutMs },
    );
    return reply.objects;
  }

  release(): void {
    // The process may have gone; then nothing is held any more.
    void this.target.cdp('Runtime.releaseObjectGroup', { objectGroup: this.#group }).catch(() => undefined);
  }

  async #call(
    name: string,
    args: readonly (RemoteValue | { readonly value: unknown })[],
    returnByValue: boolean,
  ): Promise<RemoteValue> {
    if (!this.#tools) {
      await this.target.main('inspectReady', null, { signal: this.#signal });
      this.#tools = await this.#evaluate(TOOLS);
    }
    const reply = await this.target.cdp<Reply>(
      'Runtime.callFunctionOn',
      {
        objectId: this.#tools.objectId,
        functionDeclaration: `function(...a){return this[${JSON.stringify(name)}](...a)}`,
        arguments: args.map(argumentOf),
        returnByValue,
        silent: true,
        objectGroup: this.#group,
      },
      { signal: this.#signal },
    );
    return resultOf(reply);
  }

  async #evaluate(expression: string): Promise<RemoteValue> {
    await this.target.main('inspectReady', null, { signal: this.#signal });
    const reply = await this.target.cdp<Reply>(
      'Runtime.evaluate',
      { expression, silent: true, timeout: TIMEOUT_MS, objectGroup: this.#group },
      { signal: this.#signal },
    );
    return resultOf(reply);
  }

  async #properties(objectId: string): Promise<{
    result: readonly Property[];
    internalProperties?: readonly Property[];
    privateProperties?: readonly Property[];
  }> {
    return await this.target.cdp(
      'Runtime.getProperties',
      { objectId, ownProperties: true, generatePreview: false },
      { signal: this.#signal },
    );
  }
}

function argumentOf(value: RemoteValue | { readonly value: unknown }): object {
  const { objectId, unserializableValue } = value as RemoteValue;
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value: value.value } : { unserializableValue };
}

function resultOf({ result, exceptionDetails }: Reply): RemoteValue {
  if (exceptionDetails) {
    const text = exceptionDetails.exception?.description ?? exceptionDetails.text;
    throw new RemoraError('probe-error', text.split('\n', 1)[0] ?? text);
  }
  return result ?? {};
}
