import { errorText, RemoraError } from '../../base/index.js';
import type { Target } from '../../target/index.js';
import { type JsonValue, type RenderLimits, redactJson } from '../values/index.js';
import type { CompiledExpression } from './compile.js';
import { expressionErrors } from './errors.js';
import { expressionFuel, expressionTime } from './limits.js';

export interface EvaluateOptions {
  readonly limits: RenderLimits;
  /** The files of `expression.modules`, in their order. */
  readonly files: readonly string[];
  readonly signal?: AbortSignal;
  /** Variables that a tool `hold` has put aside under `key`: `name` is the first of them, the others are members of it. */
  readonly held?: { readonly key: string; readonly name: string; readonly members: readonly string[] };
}

export interface Evaluated {
  /** The expression threw; `value` is what. */
  readonly threw: boolean;
  readonly value: JsonValue;
}

/** V8 counts `Symbol.for` and `description` as side effects, so the probe's mark is found by its text. */
const MARK =
  "globalThis[Object.getOwnPropertySymbols(globalThis).filter((_$s)=>String(_$s)==='Symbol(remora.probe)')[0]]";
const RENDER =
  "function(limits,name){return globalThis[Symbol.for('remora.probe')].tools.render(this,limits,name)}";

interface Evaluation {
  readonly result?: { readonly objectId?: string; readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly className?: string; readonly description?: string };
  };
}

let groups = 0;

/**
 * Evaluates an expression on the target's main thread, between two turns of its event loop, and renders what it gave.
 * Without `unsafe` V8 stops it at the first side effect.
 * @throws RemoraError `expression-timeout`, `expression-side-effect`, `expression-failed`, and those of the target
 */
export async function evaluateExpression(
  target: Target,
  expression: CompiledExpression,
  { limits, files, signal, held }: EvaluateOptions,
): Promise<Evaluated> {
  await target.main('prepareExpressions', null, { signal });
  groups += 1;
  const objectGroup = `remora-expression-${groups}`;
  try {
    const outcome = await run(target, expression, { files, signal, held }, objectGroup);
    const rendered = await target.cdp<Evaluation>(
      'Runtime.callFunctionOn',
      {
        objectId: outcome,
        functionDeclaration: RENDER,
        arguments: [{ value: limits }, { value: expression.name }],
        returnByValue: true,
        silent: true,
      },
      { signal },
    );
    if (rendered.exceptionDetails) throw expressionErrors.notEvaluated(said(rendered));
    const { threw, value } = JSON.parse(String(rendered.result?.value)) as Evaluated;
    return { threw, value: limits.secrets ? redactJson(value, expression.name) : value };
  } finally {
    // The process may have gone; then nothing is held any more.
    void target.cdp('Runtime.releaseObjectGroup', { objectGroup }).catch(() => undefined);
  }
}

async function run(
  target: Target,
  expression: CompiledExpression,
  { files, signal, held }: Omit<EvaluateOptions, 'limits'>,
  objectGroup: string,
): Promise<string> {
  const ms = expressionTime.value;
  const reply = await target
    .cdp<Evaluation>(
      'Runtime.evaluate',
      {
        expression: wrapped(expression, files, held),
        throwOnSideEffect: !expression.unsafe,
        timeout: ms,
        objectGroup,
        silent: true,
      },
      { signal },
    )
    .catch((error: unknown) => {
      // V8 answers with an error of the protocol, and in its own words, when the time is over.
      if (/terminated/i.test(errorText(error))) throw expressionErrors.timeout(ms);
      throw error;
    });
  if (reply.exceptionDetails) {
    // What the expression throws is caught inside, so that an EvalError can only be V8's. Its text may be anything:
    // the application formats stacks.
    if (reply.exceptionDetails.exception?.className === 'EvalError') throw expressionErrors.sideEffect();
    throw expressionErrors.notEvaluated(said(reply));
  }
  const objectId = reply.result?.objectId;
  if (objectId === undefined) throw new RemoraError('expression-failed', 'the process gave no value');
  return objectId;
}

function wrapped(
  { source }: CompiledExpression,
  files: readonly string[],
  held: EvaluateOptions['held'],
): string {
  const runtime = `${MARK}.tools.runtime({fuel:${expressionFuel.value}})`;
  return `(()=>{"use strict";const _$m=${JSON.stringify(files)};const _$r=${runtime};${heldVariables(held)}try{return {v:${source}}}catch(e){return {e}}})()`;
}

function heldVariables(held: EvaluateOptions['held']): string {
  if (!held) return '';
  const own = `const ${held.name}=${MARK}.tools.held[${JSON.stringify(held.key)}][${JSON.stringify(held.name)}];`;
  return own + held.members.map((name) => `const ${name}=${held.name}?.${name};`).join('');
}

function said({ exceptionDetails }: Evaluation): string {
  const text = exceptionDetails?.exception?.description ?? exceptionDetails?.text ?? 'unknown';
  return text.split('\n', 1)[0] ?? text;
}
