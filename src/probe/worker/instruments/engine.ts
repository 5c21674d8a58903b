import type { MainThread } from '../mainThread.js';

const ENGINE = "globalThis[Symbol.for('remora.probe')].engine";
const TIMEOUT_MS = 2000;

export interface RemoteObject {
  readonly type?: string;
  readonly subtype?: string;
  readonly objectId?: string;
  readonly value?: unknown;
  /** `-0`, `NaN`, `10n`. */
  readonly unserializableValue?: string;
}

export interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
}

/** Where V8 says a function is; counts from 0. */
export interface FunctionPlace {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface FunctionFacts {
  readonly place?: FunctionPlace;
  /** Its [[Scopes]]. */
  readonly scopes?: RemoteObject;
  /** Of a bound function: what it binds, and to what. */
  readonly target?: RemoteObject;
  readonly self?: RemoteObject;
  readonly args?: RemoteObject;
}

/** The `engine` of the instrument script (src/probe/instrument/reach/), with objects by reference. */
export class Engine {
  readonly #main: MainThread;
  readonly #group = 'remora-reach';
  #engine: RemoteObject | undefined;
  #keeping = 0;
  /** V8's id of the instrument script; undefined until `learn`. */
  scriptId: string | undefined;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /** Before any frame is looked at: which script is our own. */
  async learn(): Promise<void> {
    if (this.scriptId !== undefined) return;
    const { place } = await this.facts(await this.evaluate(`${ENGINE}.hit`));
    this.scriptId = place?.scriptId;
  }

  /** A function of the script that takes and gives JSON. */
  async call<T>(fn: string, params: object): Promise<T> {
    return (await this.#main.call(fn, params, TIMEOUT_MS)) as T;
  }

  /** Calls a method of `engine` with numbers; the result stays in the target. */
  async object(method: string, ...args: readonly number[]): Promise<RemoteObject> {
    return await this.evaluate(`${ENGINE}.${method}(${args.join(',')})`);
  }

  async evaluate(expression: string): Promise<RemoteObject> {
    const reply = await this.#main.post(
      'Runtime.evaluate',
      { expression, silent: true, objectGroup: this.#group },
      TIMEOUT_MS,
    );
    return resultOf(reply);
  }

  /** Calls a method of `engine` with numbers; gives its result by value. */
  async value(method: string, ...args: readonly number[]): Promise<unknown> {
    return await this.withObjects(
      method,
      args.map((value) => ({ value })),
    );
  }

  /** Calls a method of `engine` with values and objects; gives its result by value. */
  async withObjects(method: string, args: readonly RemoteObject[]): Promise<unknown> {
    const self = await this.#self();
    const reply = await this.#main.post('Runtime.callFunctionOn', {
      objectId: self.objectId,
      functionDeclaration: `function(...a){return this.${method}(...a)}`,
      arguments: args.map(argumentOf),
      returnByValue: true,
      silent: true,
    });
    return resultOf(reply).value;
  }

  async #self(): Promise<RemoteObject> {
    if (this.#engine === undefined) {
      const expression = ENGINE;
      const reply = await this.#main.post('Runtime.evaluate', { expression, silent: true }, TIMEOUT_MS);
      this.#engine = resultOf(reply);
    }
    return this.#engine;
  }

  /** The elements of an array that stays in the target. */
  async elements(array: RemoteObject): Promise<readonly RemoteObject[]> {
    if (array.objectId === undefined) return [];
    const { result } = (await this.#main.post('Runtime.getProperties', {
      objectId: array.objectId,
      ownProperties: true,
    })) as { result: readonly Property[] };
    return result.filter(({ name }) => /^\d+$/.test(name)).map(({ value }) => value ?? {});
  }

  async facts(fn: RemoteObject): Promise<FunctionFacts> {
    if (fn.objectId === undefined) return {};
    const { internalProperties = [] } = (await this.#main.post('Runtime.getProperties', {
      objectId: fn.objectId,
      ownProperties: true,
    })) as { internalProperties?: readonly Property[] };
    const of = (name: string): RemoteObject | undefined =>
      internalProperties.find((property) => property.name === name)?.value;
    return {
      place: of('[[FunctionLocation]]')?.value as FunctionPlace | undefined,
      scopes: of('[[Scopes]]'),
      target: of('[[TargetFunction]]'),
      self: of('[[BoundThis]]'),
      args: of('[[BoundArgs]]'),
    };
  }

  /** Objects that were handed out stay for as long as this runs. */
  async keeping<T>(work: () => Promise<T>): Promise<T> {
    this.#keeping += 1;
    try {
      return await work();
    } finally {
      this.#keeping -= 1;
    }
  }

  /** Lets go of every object that was handed out. */
  async release(): Promise<void> {
    if (this.#keeping > 0) return;
    await this.#main.post('Runtime.releaseObjectGroup', { objectGroup: this.#group }).catch(() => undefined);
  }
}

function resultOf(reply: Record<string, unknown>): RemoteObject {
  const { exceptionDetails, result } = reply as {
    exceptionDetails?: { text: string; exception?: { description?: string } };
    result?: RemoteObject;
  };
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result ?? {};
}

function argumentOf({ objectId, value, unserializableValue }: RemoteObject): object {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value } : { unserializableValue };
}
