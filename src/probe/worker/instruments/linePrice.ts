import type { HookSpec } from '../../instrumentProtocol.js';
import type { BreakLocation } from './breakpoints.js';
import type { RemoteObject } from './engine.js';
import type { Tools } from './hookState.js';

/**
 * At each hit V8 parses the function that is stopped in, and the condition: some 20 us for each thousand characters of the
 * one, 1 us for each variable that the other names.
 */
const VARIABLES = ['a', 'b', 'c', 'd', 'e'];
/** Stands for the function's own text where that cannot be had. */
const CODE = "if(z>1){z=z+1;list.push({key:'v',value:z});}";
/** A longer function costs more than a millisecond a hit: what it costs is told as that of one of this length. */
const LONGEST = 50_000;

/** What a hit costs, on a function of ours that is as long as the one that is looked at, and names as many variables. */
export async function linePrice(tools: Tools, key: string, spec: HookSpec): Promise<number | undefined> {
  const { engine, breakpoints, main } = tools;
  const specimen = await makeSpecimen(tools, spec);
  const { place } = await engine.facts(specimen);
  if (!place) return undefined;
  const { locations } = (await main.post('Debugger.getPossibleBreakpoints', {
    start: place,
    restrictToFunction: true,
  })) as { locations: readonly BreakLocation[] };
  const [first] = locations;
  if (!first) return undefined;
  const names = (spec.line?.names ?? []).map((_, at) => VARIABLES[at % VARIABLES.length] ?? 'a');
  const breakpoint = await breakpoints.set(first, lineCondition(key, -1, names, true));
  try {
    const ns = Number(await engine.withObjects('specimenNs', [specimen]));
    return Number.isFinite(ns) ? Math.round(ns) : undefined;
  } finally {
    await breakpoints.remove(breakpoint);
    await engine.release();
  }
}

/** Runs in the frame: names there may shadow every global but the engine's key. */
export function lineCondition(
  key: string,
  hook: number,
  names: readonly string[],
  hasArguments: boolean,
): string {
  const reads = names.map((name) => `()=>${name}`).join(',');
  const args = hasArguments ? '()=>arguments' : 'undefined';
  return `(()=>{try{return ${key}.line(${hook},()=>this,${args},[${reads}])}catch{return false}})()`;
}

/** Nothing of the text runs: it stands behind the end, in parentheses, which have V8 parse it in full. */
async function makeSpecimen({ engine }: Tools, { source }: HookSpec): Promise<RemoteObject> {
  const length = Math.min(source?.length ?? 0, LONGEST);
  const tail = source?.tail ?? '';
  const isWhole = tail.startsWith('{') && tail.length * 2 > length;
  const code = CODE.repeat(Math.ceil(length / CODE.length));
  const texts = [...(isWhole ? [`(async function*(){${tail}})`] : []), `(function(z,list){${code}})`];
  for (const text of texts) {
    const made = await engine
      .evaluate(`(function(a,b,c){let d=a+b,e=c+d;return e;${text}})`)
      // What is written there can stand nowhere else.
      .catch(() => undefined);
    if (made) return made;
  }
  throw new Error('nothing to measure');
}
