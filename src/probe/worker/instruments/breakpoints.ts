import type { HookSpec } from '../../instrumentProtocol.js';
import type { DebuggerDomain } from '../debuggerDomain.js';
import type { MainThread } from '../mainThread.js';
import type { FunctionPlace } from './engine.js';

interface Breakpoint {
  id: string;
  readonly location: FunctionPlace;
  readonly condition: string;
}

export interface BreakLocation extends FunctionPlace {
  readonly type?: string;
}

/** Breakpoints of ours: set again when the domain had to be turned off, one for each location. */
export class Breakpoints {
  readonly #main: MainThread;
  readonly #domain: DebuggerDomain;
  readonly #set = new Set<Breakpoint>();
  #slowestMs = 0;

  constructor(main: MainThread, domain: DebuggerDomain) {
    this.#main = main;
    this.#domain = domain;
    domain.onAgain(async () => {
      for (const each of this.#set) each.id = (await this.#post(each)) ?? each.id;
    });
  }

  /** The longest that setting one took: it grows with the program. */
  get slowestMs(): number {
    return this.#slowestMs;
  }

  /** Where in a function V8 can stop: its own locations, not those of functions inside. */
  async locations({ script, source }: HookSpec): Promise<readonly BreakLocation[]> {
    if (!source) return [];
    const { scriptId } = script;
    const at = ({ line, column }: { line: number; column: number }): FunctionPlace => ({
      scriptId,
      lineNumber: line,
      columnNumber: column,
    });
    const { locations } = (await this.#main.post('Debugger.getPossibleBreakpoints', {
      start: at(source.body),
      end: at(source.end),
      restrictToFunction: true,
    })) as { locations: readonly BreakLocation[] };
    return locations;
  }

  async set(location: FunctionPlace, condition: string): Promise<Breakpoint> {
    await this.#domain.hold();
    const { scriptId, lineNumber, columnNumber } = location;
    const breakpoint: Breakpoint = { id: '', location: { scriptId, lineNumber, columnNumber }, condition };
    const started = performance.now();
    try {
      breakpoint.id = (await this.#post(breakpoint)) ?? '';
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - started);
    } catch (error) {
      await this.#domain.release();
      throw error;
    }
    this.#set.add(breakpoint);
    return breakpoint;
  }

  async remove(breakpoint: Breakpoint): Promise<void> {
    if (!this.#set.delete(breakpoint)) return;
    await this.#main
      .post('Debugger.removeBreakpoint', { breakpointId: breakpoint.id })
      .catch(() => undefined);
    await this.#domain.release();
  }

  /**
   * Makes V8 throw away what it has optimised of the function at this place, and of those into which it was inlined. Line
   * and column count from 1.
   */
  async touch(url: string, line: number, column: number): Promise<void> {
    await this.#domain.hold();
    try {
      const { breakpointId } = (await this.#main.post('Debugger.setBreakpointByUrl', {
        url,
        lineNumber: line - 1,
        columnNumber: column - 1,
        condition: 'false',
      })) as { breakpointId: string };
      await this.#main.post('Debugger.removeBreakpoint', { breakpointId });
    } finally {
      await this.#domain.release();
    }
  }

  async #post({ location, condition }: Breakpoint): Promise<string | undefined> {
    const reply = await this.#main.post('Debugger.setBreakpoint', { location, condition });
    return reply.breakpointId as string | undefined;
  }
}

export type { Breakpoint };
