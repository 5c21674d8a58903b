import { whyNoCopy } from '../instruments/copyable.js';
import type { CopyRequest, ObservableFunction } from '../instruments/types.js';
import { type Script, type ScriptList, scriptsOf, sourceMapsOf } from '../scripts/index.js';
import type { Target } from '../types.js';
import { copyErrors } from './errors.js';
import { type Form, wrapsOf } from './given.js';
import { namesInThread, prepareInThread } from './inThread.js';
import { replacementLength } from './limits.js';
import type { PrepareRequest } from './prepare.js';
import { runningNames } from './runningNames.js';
import { BadText, type Language, languageOf, toJavaScript } from './typescript.js';

/** What `TargetInstruments.copy` takes, and what to say of it. */
export interface Replacement extends Pick<CopyRequest, 'text' | 'isStrict' | 'usesSuper'> {
  /** What is different from before, and allowed; one sentence each. */
  readonly notes: readonly string[];
  readonly className: string;
  readonly methodName: string;
}

interface ReplacementOptions {
  /** By default that of the file it was written in. */
  readonly language?: Language | undefined;
  /** Names that nobody declares are let through. */
  readonly force: boolean;
  /** The source is one of what runs, in JavaScript and in its names, also where that was made of something else. */
  readonly isOfRunning?: boolean;
}

/**
 * Checks a function's new source and makes a copy's text of it; installs nothing.
 * @throws RemoraError `cannot-replace` (says why), `unknown-names`, `source-too-long`, and those of the target
 */
export async function replacementOf(
  target: Target,
  fn: ObservableFunction,
  source: string,
  { language, force, isOfRunning = false }: ReplacementOptions,
): Promise<Replacement> {
  const { found, className, methodName } = fn;
  const name = `${className} ${methodName}`;
  if (source.length > replacementLength.value)
    throw copyErrors.tooLong(source.length, replacementLength.value);
  const why = whyNoCopy(fn);
  if (!found || why) throw copyErrors.cannotReplace(name, why ?? '');
  const list = scriptsOf(target);
  const written = isOfRunning ? 'js' : (language ?? languageOf(found.original || found.script.path));
  const first = await requestFor(list, fn, source, written);
  const names = isOfRunning ? {} : await namesThere(target, list, fn, first);
  const answer = await prepareInThread({ ...first, names });
  if ('why' in answer) throw copyErrors.cannotReplace(name, answer.why);
  const missing = force ? [] : await missingGlobals(target, answer.unknown);
  if (missing.length > 0) throw copyErrors.unknownNames(name, missing);
  const { text, isStrict, usesSuper, notes } = answer;
  return { text, isStrict, usesSuper, notes, className, methodName };
}

async function requestFor(
  list: ScriptList,
  { found, className, methodName }: ObservableFunction,
  source: string,
  language: Language,
): Promise<PrepareRequest> {
  if (!found) throw copyErrors.cannotReplace(`${className} ${methodName}`, 'it has no source');
  const { script, info } = found;
  const form: Form = info.kind;
  const given = await programsOf(source, form, language);
  if ('why' in given)
    throw copyErrors.cannotReplace(`${className} ${methodName}`, `its source does not parse: ${given.why}`);
  return {
    script: {
      source: await list.source(script),
      isModule: script.isModule,
      isCommonJs: isCommonJs(script),
    },
    url: script.url,
    path: script.path,
    location: info.facts.location,
    end: info.range[1],
    form,
    isAsync: info.isAsync,
    isGenerator: info.isGenerator,
    ownName: info.facts.ownName,
    given: given.programs,
    names: {},
  };
}

function isCommonJs({ path, isModule }: Script): boolean {
  return path !== '' && !isModule;
}

type Programs = { readonly programs: PrepareRequest['given'] } | { readonly why: string };

/** The forms in which it may be a program, without its types. */
async function programsOf(source: string, form: Form, language: Language): Promise<Programs> {
  const programs: PrepareRequest['given'][number][] = [];
  let why = '';
  for (const { what, before, after } of wrapsOf(form, source)) {
    const whole = `${before}${source.trim().replace(/;$/, '')}${after}`;
    if (language === 'js') programs.push({ js: whole, what, shift: before.length });
    try {
      if (language !== 'js') programs.push({ js: await toJavaScript(whole, language), what, shift: 0 });
    } catch (error) {
      why ||= (error instanceof BadText ? error.shifted(before.length) : (error as Error)).message;
    }
  }
  return programs.length > 0 ? { programs } : { why };
}

/** Of what was compiled from something else: a bundle has other names, and imports are members of a module. */
async function namesThere(
  target: Target,
  list: ScriptList,
  { found }: ObservableFunction,
  request: PrepareRequest,
): Promise<Record<string, string>> {
  if (!found || found.original === '') return {};
  const maps = sourceMapsOf(target);
  const answer = await maps.ofScript(found.script);
  if (!('map' in answer)) return {};
  const { map } = answer;
  const source = map.sources.indexOf(found.original);
  const [text, free] = await Promise.all([maps.content(map, source), namesInThread(request)]);
  if (text === undefined || 'why' in free) return {};
  const from = map.original(found.info.start)?.line ?? 0;
  const to = map.original(found.info.end)?.line ?? from;
  return runningNames(free, { map, source, text, from, to }, await list.source(found.script));
}

async function missingGlobals(target: Target, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { result } = await target.cdp<{ result: { value?: unknown } }>('Runtime.evaluate', {
    expression: `JSON.stringify(${JSON.stringify(names)}.map((name) => name in globalThis))`,
    returnByValue: true,
    silent: true,
  });
  const known = JSON.parse(String(result.value ?? '[]')) as readonly unknown[];
  return names.filter((_, index) => known[index] !== true);
}
