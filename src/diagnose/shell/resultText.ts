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
    if (!pipes || STAY.has(result.type)) return renderResult(result, style, width) || undefined;
    if (pipes.toFile || !pipes.pipeline) return undefined;
    // The `text` of a job is what passed its pipes, all at once at its end.
    if (result.type === 'text') return pipes.pipeline.end() || undefined;
    pipes.pipeline.add(result);
    const lines = pipes.pipeline.take();
    return lines.length > 0 ? lines.join('\n') : undefined;
  }

  #begin(jobId: number, { state, command }: Result): void {
    if (state !== 'SCHEDULED' || typeof command !== 'string') return;
    const pipes = pipesOf(command);
    if (!pipes.pipeline && !pipes.toFile) return;
    this.#pipes.set(jobId, pipes);
    for (const oldest of this.#pipes.keys()) {
      if (this.#pipes.size <= MOST_LINES) break;
      this.#pipes.delete(oldest);
    }
  }
}

/** What is said about a job, whatever becomes of its text. */
const STAY = new Set(['status', 'redirect']);
