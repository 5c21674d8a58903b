import type { MainThread } from '../mainThread.js';

const ENGINE = "globalThis[Symbol.for('remora.probe')].engine";
const TIMEOUT_MS = 2000;

export interface RemoteObject {
  readonly type?: string;
  readonly subtype?: string;
  readonly objectId?: string;
  readonly value?: unknown;
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
  /** Object id of its [[Scopes]]. */
  readonly scopes?: string;
  /** Of a bound function. */
  readonly target?: string;
}

/** The `engine` of the instrument script (src/probe/instrument/reach/), with objects by reference. */
export class Engine {
  readonly #main: MainThread;
  readonly #group = 'remora-reach';

  constructor(main: MainThread) {
    this.#main = main;
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

  /** Calls a method of `engine` with values and objects; gives its result by value. */
  async withObjects(method: string, values: readonly number[], objects: readonly string[]): Promise<unknown> {
    const engine = await this.evaluate(ENGINE);
    const reply = await this.#main.post('Runtime.callFunctionOn', {
      objectId: engine.objectId,
      functionDeclaration: `function(...a){return this.${method}(...a)}`,
      arguments: [...values.map((value) => ({ value })), ...objects.map((objectId) => ({ objectId }))],
      returnByValue: true,
      silent: true,
    });
    return resultOf(reply).value;
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
      scopes: of('[[Scopes]]')?.objectId,
      target: of('[[TargetFunction]]')?.objectId,
    };
  }

  /** Lets go of every object that was handed out. */
  async release(): Promise<void> {
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
