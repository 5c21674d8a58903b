/** The rule by which an instrument is chosen (DESIGN 3.6): a list of steps that the probe tries until one reaches. */
import type { FunctionSource, HookSpec, InstrumentName, Step } from '../../probe/index.js';
import { type FoundFunction, type FunctionInfo, namePartsOf, type V8Lines } from '../scripts/index.js';

export interface Plan {
  readonly steps: readonly Step[];
  /** The one that will most likely reach it; '' when none can. */
  readonly instrument: InstrumentName | '';
  /** What to expect of it, or why there is none; one sentence. */
  readonly note?: string;
}

/** A function without a source of the program's: `JSON.stringify`, `readFile` of `node:fs`. */
export interface NativeFunction {
  readonly module: string;
  readonly path: readonly string[];
}

type Why = Omit<Plan, 'steps'>;

const WAITS = 'waits for its next call';
const BREAKPOINT = 'only by a breakpoint, which costs about 0.1 ms a call and goes above 500 calls/s';
/** Characters of a function's end by which it is told from others; what is longer is told by place alone. */
const LONGEST_TAIL = 16_384;

export function planOfNative({ module, path }: NativeFunction): Plan {
  return { steps: [{ by: 'native', module, path }], instrument: 'native' };
}

export function planOf(found: FoundFunction): Plan {
  const { info } = found;
  const { facts } = info;
  const refused = cannot(found);
  if (refused) return { steps: [], instrument: '', note: refused };
  const breakpoint: Step = { by: 'breakpoint' };
  // The slot of a private method cannot be written, and a class with private statics must stay itself.
  if ((info.isPrivate && info.kind !== 'arrow' && info.kind !== 'function') || facts.hasPrivateStatics) {
    return { steps: [breakpoint], instrument: 'breakpoint', note: BREAKPOINT };
  }
  const { binding } = facts;
  const steps: Step[] = [];
  if (canBeExported(found)) steps.push({ by: 'exports' });
  if (!info.isPrivate) steps.push({ by: 'scope-read' });
  if (canBeEntered(found)) {
    const { name = '', kind = 'let', isTop = false } = binding ?? {};
    steps.push(binding ? { by: 'scope-entry', binding: { name, kind, isTop } } : { by: 'scope-entry' });
  }
  steps.push({ by: 'holders' });
  // A class that has no constructor has no first location either.
  if (!facts.isImplicit) steps.push(breakpoint);
  return { steps, ...likely(found) };
}

function cannot({ script, info: { facts, kind } }: FoundFunction): string | undefined {
  if (script.isInternal) return 'part of Node.js itself: name its public function, as in `node:fs readFile`';
  if (script.isOtherContext) {
    return 'it runs in a context of node:vm that has globals of its own, where the probe is not';
  }
  if (kind === 'constructor' && facts.isImplicit && facts.hasPrivateStatics) {
    return 'a class with private static members must stay itself, and it has no constructor to stop in';
  }
  return undefined;
}

/** By path below the exports of its module; a script that no file is behind has none. */
function canBeExported({ script, info }: FoundFunction): boolean {
  return script.path !== '' && !info.isPrivate && !(info.facts.isPerCall && info.facts.key === '');
}

/** In its own frame: the variable is assigned, or the slot is found along the prototypes of `this`. */
function canBeEntered(found: FoundFunction): boolean {
  const { kind, facts, isPrivate } = found.info;
  if (isPrivate) return false;
  if (facts.binding) return isReadAgain(found);
  return !facts.isImplicit && kind !== 'arrow';
}

/**
 * Of a variable that nobody reads any more, the value is no use. Those that an ES module exports are read by importers. Of
 * one inside a function that handed it on, whoever got it is looked for, and whoever calls it by the variable with them.
 */
function isReadAgain({ script, info: { exported, facts } }: FoundFunction): boolean {
  if (exported && script.isModule) return true;
  const { isReadLater = false, isHandedOn = false, isTop = false } = facts.binding ?? {};
  return isReadLater && (isTop || !isHandedOn);
}

/** What will reach it, by all that the text tells; the target may know better. */
function likely(found: FoundFunction): Why {
  const { script, info } = found;
  const { kind, exported, className, isStatic, facts } = info;
  const { binding } = facts;
  if (kind === 'constructor') return { instrument: 'constructor', note: exported ? undefined : WAITS };
  if (className !== '' && !info.isPrivate && kind !== 'arrow' && kind !== 'function') {
    if (facts.isPerCall)
      return { instrument: 'scope-entry', note: `${WAITS}; its class is made anew each time` };
    if (!exported) return { instrument: 'scope-read' };
    return { instrument: kind !== 'method' ? 'accessor' : isStatic ? 'static' : 'prototype' };
  }
  if (className !== '' && isStatic && !info.isPrivate)
    return { instrument: exported ? 'static' : 'scope-read' };
  const isRead = isReadAgain(found);
  if (facts.isPerCall) return perCall(info, isRead);
  // What CommonJS exports is a property; callers in the module itself still go by the variable.
  if (binding && exported && !script.isModule) return { instrument: 'property' };
  if (binding && isRead) {
    const isConst = binding.kind === 'const' || binding.kind === 'class';
    return { instrument: isConst ? 'const-rebind' : 'scope-entry', note: WAITS };
  }
  if (facts.key !== '' && className === '' && !binding) {
    if (exported && !script.isModule) return { instrument: 'property' };
    return { instrument: 'scope-read' };
  }
  return { instrument: 'holder', note: `${WAITS}; then whatever holds it is looked for` };
}

function perCall({ facts, className }: FunctionInfo, isRead: boolean): Why {
  if (className !== '') return { instrument: 'holder', note: `${WAITS}; each instance has its own` };
  const note = `${WAITS}; it is made anew with each call of what is around it, so that later ones may need a breakpoint`;
  if (facts.key !== '' || !isRead) return { instrument: 'holder', note };
  const isConst = facts.binding?.kind === 'const';
  return { instrument: isConst ? 'const-rebind' : 'scope-entry', note };
}

/** What the probe knows a function by. `lines` and `text` are those of its script. */
export function sourceOf(info: FunctionInfo, text: string, lines: V8Lines): FunctionSource {
  const [start, end] = info.facts.text;
  const from = info.kind === 'constructor' ? start : info.facts.body;
  return {
    tail: text.slice(Math.max(from, end - LONGEST_TAIL), end),
    length: end - start,
    start: lines.place(info.facts.location),
    body: lines.place(info.facts.body),
    end: lines.place(info.range[1]),
  };
}

/** What results call a function: `cart.js` and `checkout`, `cart.js:Cart` and `total`, `cart.js:Cart` and `#save`. */
export function namesFor({ script, name, info }: FoundFunction): { className: string; methodName: string } {
  const { owner, member } = namePartsOf(name);
  if (info.className === '' || owner === '') return { className: script.name, methodName: name };
  return { className: `${script.name}:${owner}`, methodName: member };
}

export function shapeOf({
  kind,
  isAsync,
  isGenerator,
  isStatic,
  isPrivate,
  facts,
}: FunctionInfo): HookSpec['shape'] {
  const { key, hasPrivateStatics } = facts;
  return {
    kind,
    isAsync,
    isGenerator,
    isStatic,
    isPrivate,
    key,

    hasPrivateStatics,
  };
}
