/** Makes the text of a copy (CopySpec) of a function's new source, or says why there can be none. Runs in a thread. */
import MagicString from 'magic-string';
import { type PrivateName, type Reference, type Scope, scopeOf, type Use } from '../scopes/index.js';
import { type Form, type Given, givenIn, type Wrap } from './given.js';
import { parsedScript, type RunningScript, type Standing, standingAt } from './place.js';
import { BadText } from './typescript.js';

export interface PrepareRequest {
  readonly script: RunningScript;
  /** What `import.meta` says in it. */
  readonly url: string;
  readonly path: string;
  /** Of the running function. */
  readonly location: number;
  readonly end: number;
  readonly form: Form;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly ownName: string;
  /** The new source, JavaScript, made a program: the ways in which it may be one; the first that is counts. */
  readonly given: readonly {
    readonly js: string;
    readonly what: Wrap['what'];
    /** Characters that were put before its first line. */
    readonly shift: number;
  }[];
  /** How names of the new source are called in the script that runs, where that differs. */
  readonly names: Readonly<Record<string, string>>;
}

export interface Prepared {
  readonly text: string;
  readonly isStrict: boolean;
  readonly usesSuper: boolean;
  /** Names that nothing in the script declares: they have to be globals. */
  readonly unknown: readonly string[];
  /** What is different from before, and allowed; one sentence each. */
  readonly notes: readonly string[];
}

export type PrepareAnswer = Prepared | { readonly why: string };

/** ECMAScript's own, which no program replaces: to look them up at each use would only take time. */
const BUILT_IN = new Set(
  (
    'Array ArrayBuffer BigInt Boolean Error Infinity JSON Map Math NaN Number Object RangeError Reflect RegExp Set ' +
    'String Symbol SyntaxError TypeError Uint8Array WeakMap WeakSet isFinite isNaN parseFloat parseInt undefined'
  ).split(' '),
);
/** What the probe gives: src/probe/worker/instruments/copyWatch.ts. */
const OURS = new Set(['_$p', '_$f', '_$t', '_$s']);
const MOST_NAMED = 5;

class Refused extends Error {}

/** Names that the new source uses and does not declare. */
export function freeNamesOf(request: PrepareRequest): readonly string[] | { readonly why: string } {
  try {
    const given = parsed(request, request.script.isModule);
    const free = freeReferences(given).map(({ name }) => name);
    const ofClass = privateNames(given).map(({ name }) => `#${name}`);
    return [...new Set([...free, ...ofClass])];
  } catch (error) {
    if (error instanceof Refused) return { why: error.message };
    throw error;
  }
}

export function prepareCopy(request: PrepareRequest): PrepareAnswer {
  try {
    return prepare(request);
  } catch (error) {
    if (error instanceof Refused) return { why: error.message };
    if (error instanceof RangeError) return { why: 'it nests too deep' };
    throw error;
  }
}

function prepare(request: PrepareRequest): Prepared {
  const { script, location, end } = request;
  const standing = standingAt(script, parsedOnce(script), location, end);
  if (!standing) throw new Refused('the function was not found in the script that runs');
  const given = parsed(request, standing.isStrict);
  const notes = comparedForms(given, request);
  const uses = given.analysis.uses.filter(({ start }) => start >= given.node.start && start < given.node.end);
  const text = new MagicString(given.js);
  refuseUses(given, standing, uses, request.form);
  metaAsLiterals(text, uses, request);
  for (const { name, start } of privateNames(given)) {
    const running = (request.names[`#${name}`] ?? `#${name}`).slice(1);
    if (!standing.privateNames.has(running))
      throw new Refused(`#${name} is no private name of a class around it`);
    text.overwrite(start, start + name.length + 1, `#${running}`);
  }
  const free = freeReferences(given);
  const { unknown, snapshots, renamed } = resolved(free, standing, request);
  for (const reference of free) {
    if (!renamed.has(reference.name)) continue;
    const by = `_$s.${reference.name}`;
    const called = reference.kind === 'call' ? `(0,${by})` : by;
    text.overwrite(
      reference.start,
      reference.end,
      reference.isShorthand ? `${reference.name}:${by}` : called,
    );
  }
  const usesSuper = uses.some(({ what, of }) => what === 'super' && of === given.node);
  return {
    text: expressionOf(given, text, { request, usesSuper, snapshots, renamed, ownName: standing.ownName }),
    isStrict: standing.isStrict,
    usesSuper,
    unknown,
    notes,
  };
}

function parsed({ given }: PrepareRequest, isStrict: boolean): Given {
  let first: string | undefined;
  let other: string | undefined;
  for (const { js, what, shift } of given) {
    try {
      return givenIn(js, what, isStrict);
    } catch (error) {
      // One that parses, and is no function, says more than those that do not.
      if (error instanceof SyntaxError) first ??= placed(error, shift);
      else other ??= (error as Error).message;
    }
  }
  throw new Refused(other ?? first ?? 'there is no source');
}

/** Acorn's errors have their place in the message, lines from 1 and columns from 0. */
function placed({ message }: Error, shift: number): string {
  const [, what, line, column] = /^(.*) \((\d+):(\d+)\)$/s.exec(message) ?? [];
  if (what === undefined) return message;
  const bad = new BadText(what, Number(line), Number(column)).shifted(shift);
  return `its source does not parse: ${bad.message}`;
}

let last: { readonly script: RunningScript; readonly parsed: ReturnType<typeof parsedScript> } | undefined;

/** A bundle takes a second, and many functions of one are asked for one after the other. */
function parsedOnce(script: RunningScript): ReturnType<typeof parsedScript> {
  const { source, isModule, isCommonJs } = script;
  const is = last?.script;
  if (is?.source !== source || is.isModule !== isModule || is.isCommonJs !== isCommonJs)
    last = { script, parsed: parsedScript(script) };
  return (last as NonNullable<typeof last>).parsed;
}

/** What would be another kind of function. */
function comparedForms({ form, node }: Given, request: PrepareRequest): string[] {
  const notes: string[] = [];
  const accessor = (each: Form): boolean => each === 'getter' || each === 'setter';
  if (form === 'constructor') throw new Refused('a constructor cannot be replaced');
  if ((accessor(form) || accessor(request.form)) && form !== request.form)
    throw new Refused(`it is a ${request.form}, and the new source a ${form}`);
  if (node.generator !== request.isGenerator)
    throw new Refused(
      request.isGenerator
        ? 'it is a generator, and the new source is none'
        : 'it is no generator, and the new source is one',
    );
  if (node.async !== request.isAsync)
    notes.push(
      node.async
        ? 'it is async from now on: whoever calls it gets a promise'
        : 'it is no longer async: whoever calls it gets what it returns, not a promise',
    );
  if (request.form === 'function' && form === 'arrow')
    notes.push('an arrow function cannot be called with `new`');
  return notes;
}

function refuseUses(given: Given, standing: Standing, uses: readonly Use[], form: Form): void {
  for (const { what, of } of uses) {
    const isOutside = of === undefined || of.start < given.node.start || of.end > given.node.end;
    if (what === 'super()' && (isOutside || of === given.node))
      throw new Refused('super() belongs to a constructor');
    if (what === 'import.meta' || what === 'eval' || what === 'super()') continue;
    if (given.form === 'arrow' && isOutside) {
      if (form !== 'arrow')
        throw new Refused(
          `an arrow function has no \`${what}\` of its own, and the function that runs has: write \`function\``,
        );
      if (what !== 'this') throw new Refused(`\`${what}\` of what is around an arrow function cannot be had`);
    } else if (form === 'arrow' && of === given.node && given.node.type !== 'ArrowFunctionExpression') {
      throw new Refused(
        `the function that runs is an arrow function, whose \`${what}\` is that of what is around it: write an arrow function`,
      );
    }
  }
  if (standing.own.has('_$f') || standing.own.has('_$p'))
    throw new Refused('it has variables of names that the probe needs');
}

function metaAsLiterals(text: MagicString, uses: readonly Use[], { url, path }: PrepareRequest): void {
  for (const { what, start, end, property = '' } of uses) {
    if (what !== 'import.meta') continue;
    const values: Record<string, string> = {
      url,
      filename: path,
      dirname: path.replace(/\/[^/]*$/, '') || '/',
    };
    const value = Object.hasOwn(values, property) ? values[property] : undefined;
    if (value === undefined)
      throw new Refused(
        `import.meta${property === '' ? '' : `.${property}`} cannot be had in another text; import.meta.url, dirname and filename can`,
      );
    text.overwrite(start, end, JSON.stringify(value));
  }
}

/** Those of a class around it, not of one inside. */
function privateNames({ analysis, node }: Given): readonly PrivateName[] {
  const own = scopeOf(analysis, node);
  return analysis.privateNames.filter(({ name, scope }) => {
    let each: Scope | undefined = scope;
    while (each && each !== own && !each.privateNames.has(name)) each = each.parent;
    return each === own;
  });
}

/** Of what is used in the function, what it does not declare itself. Its own name counts as declared around it. */
function freeReferences({ analysis, node }: Given): Reference[] {
  const own = scopeOf(analysis, node);
  if (!own) return [];
  return analysis.references.filter(
    ({ name, scope, variable }) =>
      scope.isWithin(own) && !variable?.scope.isWithin(own) && name !== 'arguments',
  );
}

interface Resolved {
  readonly unknown: readonly string[];
  readonly snapshots: readonly string[];
  readonly renamed: ReadonlyMap<string, string>;
}

function resolved(free: readonly Reference[], standing: Standing, { names }: PrepareRequest): Resolved {
  const unknown = new Set<string>();
  const snapshots = new Set<string>();
  const renamed = new Map<string, string>();
  const hidden = new Set<string>();
  const lost = new Set<string>();
  const written = new Set(free.filter(({ isWritten }) => isWritten).map(({ name }) => name));
  for (const { name, kind } of free) {
    if (OURS.has(name)) throw new Refused(`the name ${name} is the probe's own`);
    const running = Object.hasOwn(names, name) ? (names[name] as string) : name;
    const head = /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u.exec(running)?.[0] ?? running;
    if (name === standing.ownName) continue;
    const reach = standing.reach(head);
    if (standing.own.has(head)) hidden.add(name);
    else if (reach === 'lost') lost.add(name);
    else if (running !== name) renamed.set(name, running);
    else if (reach === undefined && BUILT_IN.has(name) && !written.has(name)) snapshots.add(name);
    else if (reach === undefined && kind !== 'typeof') unknown.add(name);
  }
  if (hidden.size > 0)
    throw new Refused(
      `${some(hidden)}: it means a variable around the function, and the function that runs has one of its own of that name, which would be met instead; use another name`,
    );
  if (lost.size > 0)
    throw new Refused(
      `${some(lost)}: no function of the module uses it so far, so that V8 has not kept it; it cannot be had until the program is started anew`,
    );
  return { unknown: [...unknown], snapshots: [...snapshots], renamed };
}

function some(names: ReadonlySet<string>): string {
  const all = [...names];
  return all.length > MOST_NAMED
    ? `${all.slice(0, MOST_NAMED).join(', ')} and ${all.length - MOST_NAMED} more`
    : all.join(', ');
}

interface Parts {
  readonly request: PrepareRequest;
  readonly usesSuper: boolean;
  readonly snapshots: readonly string[];
  readonly renamed: ReadonlyMap<string, string>;
  readonly ownName: string;
}

/** An object names what would otherwise be called by a name of its own, or by none. */
function expressionOf(
  given: Given,
  text: MagicString,
  { request, usesSuper, snapshots, renamed, ownName }: Parts,
): string {
  const { node, form, from } = given;
  const body = text.slice(from, node.end);
  const name = request.ownName.replace(/^(get|set) /, '');
  const key = name === '__proto__' || name === '' ? 'm' : name;
  const prefix = `${node.async ? 'async ' : ''}`;
  let expression: string;
  if (form === 'arrow') expression = name === '' ? `(${body})` : `{${JSON.stringify(key)}:${body}}`;
  else if (form === 'function')
    expression = `{${JSON.stringify(key)}:${prefix}function${node.generator ? '*' : ''}${body}}`;
  else {
    const kind =
      form === 'getter' ? 'get ' : form === 'setter' ? 'set ' : `${prefix}${node.generator ? '*' : ''}`;
    expression = `{${usesSuper ? '__proto__:_$p,' : ''}${kind}${JSON.stringify(key)}${body}}`;
  }
  const names = [...snapshots];
  const values = [...snapshots];
  if (ownName !== '') {
    names.push(ownName);
    values.push('_$f');
  }
  if (renamed.size > 0) {
    names.push('_$s');
    values.push(`{${[...renamed].map(([from_, to]) => accessorOf(from_, to)).join(',')}}`);
  }
  return `((${names.join(',')})=>(${expression}))(${values.join(',')})`;
}

function accessorOf(name: string, running: string): string {
  const key = JSON.stringify(name);
  return `get ${key}(){return ${running}},set ${key}(_$v){${running}=_$v}`;
}
