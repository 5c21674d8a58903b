/** From a function of a parsed script to its traced copy, or why there is none. Runs in the parse worker. */
import { type AnyNode, type Node, parse } from 'acorn';
import {
  type Analysis,
  analyse,
  childrenOf,
  type FunctionNode,
  isFunction,
  type Reference,
  type Scope,
  type Variable,
} from '../scopes/index.js';
import { parametersAt } from '../scripts/textPlaces.js';
import { conflictIn, hiddenIn } from './conflicts.js';
import { afterArrow } from './forms.js';
import { isImportMeta, META_MARK, metaText, withoutMeta } from './importMeta.js';
import { parseFault } from './parseFault.js';
import { Rewriter } from './rewriter.js';
import type { Rewritten } from './tracedCopy.js';

export interface CopyRequest {
  /** Offsets, as `FunctionInfo.range` has them. */
  readonly range: readonly [start: number, end: number];
  /** Its own name. */
  readonly name: string;
  /** As V8 has it: `import.meta.url` of a module. */
  readonly url: string;
  readonly path: string;
  readonly mostSites: number;
  readonly mostLength: number;
}

/** A script that copies are made from. */
export interface ParsedSource {
  readonly source: string;
  readonly isModule: boolean;
  readonly tree: Node;
  readonly names: Analysis;
}

/** Globals of the language that nobody replaces; what may be (`Date`, `fetch`, timers) is looked up each time. */
const LASTING_GLOBALS = new Set([
  ...[
    'Array',
    'ArrayBuffer',
    'BigInt',
    'Boolean',
    'Buffer',
    'DataView',
    'Error',
    'Float64Array',
    'Int32Array',
  ],
  ...['JSON', 'Map', 'Math', 'Number', 'Object', 'Proxy', 'RangeError', 'Reflect', 'RegExp', 'Set', 'String'],
  ...[
    'Symbol',
    'SyntaxError',
    'TypeError',
    'Uint8Array',
    'WeakMap',
    'WeakRef',
    'WeakSet',
    'isFinite',
    'isNaN',
  ],
  ...['parseFloat', 'parseInt', 'encodeURIComponent', 'decodeURIComponent', 'globalThis'],
]);
/** No plain variable can be called so, in one mode or another. */
const ODD_NAMES =
  /^(?:arguments|eval|await|yield|let|static|async|implements|interface|package|private|protected|public|undefined|NaN|Infinity)$/;
const MOST_SNAPSHOTS = 100;
/** V8's own count of lines. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/;
/** Of larger files the stacks count from the function's head. */
const MOST_LINES = 50_000;
const META_NAMES = new Set(['url', 'filename', 'dirname']);

/**
 * @throws SyntaxError of acorn; RangeError when the tree is too deep
 */
export function parsedSource(source: string, isModule: boolean): ParsedSource {
  const tree = parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: isModule,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
  });
  return { source, isModule, tree, names: analyse(tree, { isStrict: isModule }) };
}

export function copyOf(script: ParsedSource, request: CopyRequest): Rewritten {
  const path = pathTo(script.tree as AnyNode, request.range);
  const node = path.at(-1);
  if (!node || !isFunction(node)) return { why: 'its class has no constructor that could be looked into' };
  const member = path.at(-2);
  const why = refusal(script, node, member, request);
  if (why) return { why };
  return rewritten(script, request, node, member, path);
}

function rewritten(
  script: ParsedSource,
  request: CopyRequest,
  node: FunctionNode,
  member: AnyNode | undefined,
  path: readonly AnyNode[],
): Rewritten {
  const metas = find(node, (each) => isImportMeta(each) && 'meta');
  const source = withoutMeta(
    script.source,
    metas.map(({ node: each }) => each),
  );
  const usesMeta = metas.length > 0;
  const unique = uniqueName(script.source);
  const [tracer, getters, frame, meta] = ['t', 'g', 'k', 'm'].map((letter) => `$${unique}${letter}`) as [
    string,
    string,
    string,
    string,
  ];
  const references = script.names.references.filter(({ start }) => start >= node.start && start < node.end);
  const declared = new Map(references.map(({ start, variable }) => [start, variable]));
  const text = usesMeta ? source.replaceAll(META_MARK, meta.padEnd(META_MARK.length)) : source;
  const rewriter = new Rewriter({
    source: text,
    frame,
    mostSites: request.mostSites,
    isDeclared: (name, at) => declared.get(at) !== undefined || name === 'require',
  });
  const closes = node.async && !node.generator;
  const body = rewriter.body(node, `const ${frame}=${tracer}.f();`, closes);
  const usesSuper = isMember(member) && find(node, (each) => each.type === 'Super' && 'super').length > 0;
  const made = functionText(text, node, body, request.name, usesSuper);
  const isStrict = script.isModule || path.some((each) => isStrictHere(each, node));
  const snapshots = script.names.isDynamic ? [] : snapshotsOf(node, references, script);
  const known = script.names.isDynamic ? [] : knownBefore(node, rewriter.given, declared);
  const bare = factory({
    ...{ tracer, getters, meta: usesMeta ? meta : '', made, snapshots, known, isStrict, request },
  });
  const notes =
    rewriter.leftOut > 0
      ? [
          `${rewriter.leftOut} of its calls are not timed: more than ${request.mostSites} (--limit trace-sites=N)`,
        ]
      : [];
  const wrong = parseFault(bare);
  if (wrong) return { why: `its copy could not be written: ${wrong}` };
  return {
    copy: {
      text: placed(bare, source, parametersAt(source, node), request),
      isStrict,
      usesSuper,
      sites: rewriter.sites,
      inner: rewriter.inner,
      notes,
    },
  };
}

interface Parts {
  readonly tracer: string;
  readonly getters: string;
  readonly meta: string;
  readonly made: string;
  readonly snapshots: readonly Snapshot[];
  readonly known: Rewriter['given'];
  readonly isStrict: boolean;
  readonly request: CopyRequest;
}

/**
 * `tracer.d` is given what reads the names anew: at first, and whenever instruments have changed what they hold. `tracer.p`
 * reads in the frame that compiles it what its sites are given, so that it is known what they call.
 */
function factory({ tracer, getters, meta, made, snapshots, known, isStrict, request }: Parts): string {
  const look = known.map(({ site, name }) => `[${site},()=>${name}]`).join(',');
  const strict = `${isStrict ? '"use strict";' : ''}${look ? `${tracer}.p([${look}]);` : ''}`;
  const metas = meta ? `const ${meta}=${metaText(request)};` : '';
  if (snapshots.length === 0) return `(${tracer})=>{${strict}${metas}return ${made}}`;
  const names = snapshots.map(({ name }) => name);
  const shared = snapshots.filter(({ isShared }) => isShared).map(({ name }) => name);
  const reads = names.map((name, index) => `${name}=${getters}[${index}]()`).join(';');
  const words = `()=>{${reads};return [${shared.join(',')}]},${JSON.stringify(shared)}`;
  const inner = `${metas}let ${names.join(',')};${tracer}.d(${words});return ${made}`;
  const read = `[${names.map((name) => `()=>${name}`).join(',')}]`;
  return `(${tracer})=>{${strict}return ((${getters})=>{${inner}})(${read})}`;
}

/** So that stacks of errors name the file, and the line as it is there. */
function placed(text: string, source: string, at: number, { url, path }: CopyRequest): string {
  const line = source.slice(0, at).split(LINE_END).length;
  const lines = line <= MOST_LINES ? '\n'.repeat(line - 1) : '';
  return `${lines}${text}\n//# sourceURL=remora:${encodeURI(path || url)}`;
}

/** In an object, so that it has its name without a variable of that name around it. */
function functionText(
  source: string,
  node: FunctionNode,
  body: string,
  name: string,
  usesSuper: boolean,
): string {
  const key = JSON.stringify(name === '__proto__' ? '' : name);
  const async = node.async ? 'async ' : '';
  const star = node.generator ? '*' : '';
  if (node.type === 'ArrowFunctionExpression') {
    const head = source.slice(
      node.start,
      node.body.type === 'BlockStatement' ? node.body.start : afterArrow(source, node),
    );
    return `({${key}:${head}${body}})[${key}]`;
  }
  const parameters = source.slice(parametersAt(source, node), node.body.start);
  if (usesSuper) return `({__proto__:_$p,${async}${star}${key}${parameters}${body}})[${key}]`;
  return `({${key}:${async}function${star}${parameters}${body}})[${key}]`;
}

// What cannot be.

function refusal(
  { source, names }: ParsedSource,
  node: FunctionNode,
  member: AnyNode | undefined,
  { range, mostLength }: CopyRequest,
): string | undefined {
  const [start, end] = range;
  if (isMember(member) && member.type === 'MethodDefinition') {
    if (member.kind === 'constructor') return 'a class constructor cannot be compiled outside its class';
    if (member.key.type === 'PrivateIdentifier') {
      return 'a private method cannot be replaced; trace what calls it';
    }
  }
  if (end - start > mostLength) {
    return `it has ${end - start} characters, more than ${mostLength} (--limit trace-length=N)`;
  }
  if (node.async && !node.generator) {
    const name = conflictIn(node);
    if (name) return `it declares ${name} twice, as a function and once more`;
  }
  const hidden = hiddenIn(names, node);
  if (hidden) return `its parameters use ${hidden} of around it, and its body has a variable of that name`;
  const found = find(node, (each) => odd(each, source));
  return found[0]?.what === 'meta' ? undefined : found.find(({ what }) => what !== 'meta')?.what;
}

function odd(node: AnyNode, source: string): string | false {
  if (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'arguments'
  ) {
    const isCallee = node.property.type === 'Identifier' && node.property.name === 'callee' && !node.computed;
    if (isCallee) return 'it uses arguments.callee, which would be the copy';
  }
  if (isImportMeta(node)) {
    const rest = /\s*\.\s*([\w$]+)\s*(?!\s*(?:=[^=>]|[-+*/%&|^?<>]{1,3}=|\+\+|--))/y;
    rest.lastIndex = node.end;
    const [, name = ''] = rest.exec(source) ?? [];
    if (!META_NAMES.has(name))
      return 'it uses import.meta for other things than its url, filename and dirname';
  }
  return false;
}

interface Found {
  readonly node: AnyNode;
  readonly what: string;
}

function find(node: AnyNode, test: (node: AnyNode) => string | false): Found[] {
  const found: Found[] = [];
  const visit = (each: AnyNode): void => {
    const what = test(each);
    if (what) found.push({ node: each, what });
    for (const child of childrenOf(each)) visit(child);
  };
  visit(node);
  return found;
}

// Names.

interface Snapshot {
  readonly name: string;
  /** In a classic script it would be everybody's: looked at where it runs. */
  readonly isShared: boolean;
}

function snapshotsOf(node: FunctionNode, references: readonly Reference[], script: ParsedSource): Snapshot[] {
  const names = new Map<string, Snapshot>();
  for (const { name, variable, isWritten } of references) {
    if (isWritten || ODD_NAMES.test(name) || names.size >= MOST_SNAPSHOTS) continue;
    if (variable ? isOutside(variable.scope, node) && isLasting(variable) : isLastingGlobal(name, script)) {
      const isShared = variable?.kind === 'function' && variable.scope.kind === 'top' && !script.isModule;
      names.set(name, { name, isShared });
    }
  }
  return [...names.values()];
}

/** What a frame of the function has from its first moment on. */
function knownBefore(
  node: FunctionNode,
  given: Rewriter['given'],
  declared: ReadonlyMap<number, Variable | undefined>,
): Rewriter['given'] {
  const isThere = (variable: Variable): boolean =>
    isOutside(variable.scope, node) || (variable.kind === 'parameter' && variable.scope.node === node);
  return given
    .filter(({ name, at }) => {
      const variable = declared.get(at);
      return name === 'this' || (variable !== undefined && isThere(variable) && !ODD_NAMES.test(name));
    })
    .slice(0, MOST_SNAPSHOTS);
}

function isOutside({ node }: Scope, { start, end }: Node): boolean {
  return node.start < start || node.end > end;
}

function isLastingGlobal(name: string, { names }: ParsedSource): boolean {
  return LASTING_GLOBALS.has(name) && !names.undeclared.get(name)?.some(({ isWritten }) => isWritten);
}

/** It has one value for as long as the closure lives. What instruments put there is read anew. */
function isLasting({ kind, values, isGiven, scope }: Variable): boolean {
  if (values > 1 || !isGiven) return false;
  switch (kind) {
    case 'parameter':
      // `arguments[0] = x` gives a parameter of sloppy code another value.
      return scope.isStrict || !scope.variables.has('arguments');
    case 'var':
      // At the top of a classic script it is everybody's.
      return scope.kind !== 'top';
    case 'import':
      // The module it comes from may change it.
      return false;
    default:
      return true;
  }
}

function uniqueName(source: string): string {
  let name = 'r';
  for (let number = 0; source.includes(`$${name}`); number++) name = `r${number}_`;
  return name;
}

// The tree.

function isMember(
  node: AnyNode | undefined,
): node is Extract<AnyNode, { type: 'MethodDefinition' | 'Property' }> {
  return (
    node?.type === 'MethodDefinition' || (node?.type === 'Property' && (node.method || node.kind !== 'init'))
  );
}

function isStrictHere(node: AnyNode, itself: AnyNode): boolean {
  if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return true;
  const statements =
    node.type === 'Program'
      ? node.body
      : isFunction(node) && node !== itself && node.body.type === 'BlockStatement'
        ? node.body.body
        : [];
  return statements.some((each) => 'directive' in each && each.directive === 'use strict');
}

/** From the program down to the function of this range. */
function pathTo(tree: AnyNode, [start, end]: readonly [number, number]): AnyNode[] {
  const path: AnyNode[] = [tree];
  for (;;) {
    const at = path.at(-1) as AnyNode;
    if (at.start === start && at.end === end && isFunction(at)) return path;
    const next = childrenOf(at).find((child) => child.start <= start && child.end >= end);
    if (!next) return [];
    path.push(next);
  }
}
