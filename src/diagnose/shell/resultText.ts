import type { Result, Style } from '../command.js';
import { type LinePipes, pipesOf } from '../pipes/lineOfPipes.js';
import { renderResult } from '../renderResult.js';

/** More lines with pipes than this are not under way in one session. */
const MOST_LINES = 200;

/**
 * Results of a session as text for people. What answers a line with pipes goes through them as it comes; what goes into a
 * file is not shown.
 */
export class ResultText {
  readonly #pipes = new Map<number, LinePipes>();
  /** The command of the job that began last. */
  #latest: { readonly jobId: number; readonly name: string } | undefined;

  /** Undefined = nothing to show. */
  of(result: Result, style: Style, width: number): string | undefined {
    const jobId = typeof result.jobId === 'number' ? result.jobId : 0;
    if (result.type === 'command') {
      this.#begin(jobId, result);
      // What was typed is on the screen already.
      return undefined;
    }
    const pipes = this.#pipes.get(jobId);
    if (result.type === 'status') this.#pipes.delete(jobId);
    if (!pipes || STAY.has(result.type)) {
      const text = renderResult(result, style, width) || undefined;
      const wayOut = this.wayOut(result);
      return wayOut === undefined ? text : `${text}\n${style.dim(wayOut)}`;
    }
    if (pipes.toFile || !pipes.pipeline) return undefined;
    // The `text` of a job is what passed its pipes, all at once at its end.
    if (result.type === 'text') return pipes.pipeline.end() || undefined;
    pipes.pipeline.add(result);
    const lines = pipes.pipeline.take();
    return lines.length > 0 ? lines.join('\n') : undefined;
  }

  /** Where the end of a job says that its line was wrong: how to learn what is right. */
  wayOut({ type, statusCode, message, jobId }: Result): string | undefined {
    if (type !== 'status' || statusCode !== LINE_ERROR || typeof message !== 'string') return undefined;
    const latest = this.#latest;
    if (!WRONG_LINE.test(message) || !latest || latest.jobId !== jobId) return undefined;
    return `'help ${latest.name}' shows what it takes`;
  }

  #begin(jobId: number, { state, command }: Result): void {
    if (state !== 'SCHEDULED' || typeof command !== 'string') return;
    this.#latest = { jobId, name: /^\s*(\S*)/.exec(command)?.[1] ?? '' };
    const pipes = pipesOf(command);
    if (!pipes.pipeline && !pipes.toFile) return;
    this.#pipes.set(jobId, pipes);
    for (const oldest of this.#pipes.keys()) {
      if (this.#pipes.size <= MOST_LINES) break;
      this.#pipes.delete(oldest);
    }
  }
}

const LINE_ERROR = -10;
/** The texts of the protocol for a line that the command cannot be called with. */
const WRONG_LINE = /^(?:The (?:argument|options?) |Ambiguous )/;

/** What is said about a job, whatever becomes of its text. */
const STAY = new Set(['status', 'redirect']);
