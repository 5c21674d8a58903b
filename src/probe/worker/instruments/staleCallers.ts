import { pathToFileURL } from 'node:url';
import type { ReachNews } from '../../instrument/reach/news.js';
import type { MainThread } from '../mainThread.js';
import type { Breakpoints } from './breakpoints.js';
import type { Engine } from './engine.js';

type Callers = ReachNews['callers'];

/** From this many on, throwing all optimised code away once is cheaper than one breakpoint each. */
const MOST = 10;

/**
 * Callers that V8 optimised when a variable had never been reassigned go on with what it held then. Makes V8 forget that
 * code. Returns what people should know, if anything.
 */
export async function dropStaleCallers(
  callers: Callers,
  tools: { readonly main: MainThread; readonly engine: Engine; readonly breakpoints: Breakpoints },
): Promise<string | undefined> {
  if (callers.length > MOST) return await forgetAll(tools);
  await touchCallers(callers, tools.breakpoints, Number.POSITIVE_INFINITY);
  return undefined;
}

/** Sets and removes a breakpoint at each call, for `ms` milliseconds at most. */
export async function touchCallers(callers: Callers, breakpoints: Breakpoints, ms: number): Promise<void> {
  const until = performance.now() + ms;
  for (const { url, line, column } of callers) {
    if (performance.now() > until) return;
    const asUrl = url.startsWith('/') ? pathToFileURL(url).href : url;
    await breakpoints.touch(asUrl, line, column).catch(() => undefined);
  }
}

async function forgetAll({ main, engine }: { main: MainThread; engine: Engine }): Promise<string> {
  const own = await engine.evaluate('process.env.NODE_V8_COVERAGE');
  if (own.value)
    return 'more than ten callers still hold the original; the program collects coverage of its own';
  await main.post('Profiler.enable', {});
  await main.post('Profiler.startPreciseCoverage', { callCount: false, detailed: false });
  await main.post('Profiler.stopPreciseCoverage', {});
  return 'more than ten callers had to be made anew: V8 was told to forget all optimised code once';
}
