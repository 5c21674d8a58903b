import type { HookSpec } from '../../instrumentProtocol.js';
import type { DebuggerDomain } from '../debuggerDomain.js';
import type { MainThread } from '../mainThread.js';
import type { FunctionPlace } from './engine.js';

export interface Breakpoint {
  /** As V8 knows it; several at one location share one, and it changes when that has to be set anew. */
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
      for (const each of this.#set) each.id = '';
      for (const each of this.#set) if (each.id === '') await this.#place(each);
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
    this.#set.add(breakpoint);
    try {
      await this.#place(breakpoint);
    } catch (error) {
      this.#set.delete(breakpoint);
      await this.#domain.release();
      throw error;
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - started);
    return breakpoint;
  }

  async remove(breakpoint: Breakpoint): Promise<void> {
    if (!this.#set.delete(breakpoint)) return;
    const [other] = this.#at(breakpoint);
    await (other ? this.#place(other, breakpoint.id) : this.#take(breakpoint.id)).catch(() => undefined);
    await this.#domain.release();
  }

  /**
   * Makes V8 throw away what it has optimised of the function at this place, and of those into which it was inlined. Line
   * and column count from 1. Both messages are sent at once, so that the thread takes them in one go: a hit in between
   * would have V8 parse the whole script.
   */
  async touch(url: string, line: number, column: number): Promise<void> {
    await this.#domain.hold();
    try {
      const place = { lineNumber: line - 1, columnNumber: column - 1, url };
      const set = this.#main.post('Debugger.setBreakpointByUrl', { ...place, condition: 'false' });
      // What V8 calls those that are set by a URL, on Node 20 to 26.
      const likely = `1:${place.lineNumber}:${place.columnNumber}:${url}`;
      const removed = this.#take(likely).catch(() => undefined);
      const { breakpointId } = (await set) as { breakpointId: string };
      await removed;
      if (breakpointId !== likely) await this.#take(breakpointId);
    } finally {
      await this.#domain.release();
    }
  }

  /** V8 keeps one breakpoint for a location: all conditions of ours there become one. */
  async #place({ location }: Breakpoint, before = ''): Promise<void> {
    const all = this.#at({ location });
    for (const id of new Set([before, ...all.map((each) => each.id)])) if (id !== '') await this.#take(id);
    const condition = all.map((each) => `(${each.condition})`).join('|');
    const reply = await this.#main.post('Debugger.setBreakpoint', { location, condition });
    for (const each of all) each.id = String(reply.breakpointId);
  }

  #at({ location: { scriptId, lineNumber, columnNumber } }: Pick<Breakpoint, 'location'>): Breakpoint[] {
    return [...this.#set].filter(
      ({ location: at }) =>
        at.scriptId === scriptId && at.lineNumber === lineNumber && at.columnNumber === columnNumber,
    );
  }

  async #take(breakpointId: string): Promise<void> {
    await this.#main.post('Debugger.removeBreakpoint', { breakpointId });
  }
}
