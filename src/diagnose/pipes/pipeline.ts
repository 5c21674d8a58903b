import type { Result } from '../command.js';
import { pipeBytes } from '../limits.js';

/** One stage of a pipe. Lines go in, lines come out. */
export interface LineFilter {
  /** The lines of one result. Returns what passes. */
  lines(lines: readonly string[]): string[];
  /** What comes after the last line. */
  end(): string[];
}

/** The text behind a `|`: every result is rendered, its lines go through the filters, what passes is kept (bounded). */
export class Pipeline {
  private readonly kept: string[] = [];
  private size = 0;
  private omitted = 0;

  constructor(
    private readonly render: (result: Result) => string | undefined,
    private readonly filters: readonly LineFilter[],
  ) {}

  add(result: Result): void {
    const text = this.render(result);
    if (text !== undefined) this.pass(text.split('\n'), 0);
  }

  /** The lines that have passed since this was called last, for who shows them as they come. */
  take(): string[] {
    this.size = 0;
    return this.kept.splice(0);
  }

  /** The whole text, or what was not taken of it, without a newline at its end. */
  end(): string {
    this.filters.forEach((filter, index) => {
      this.pass(filter.end(), index + 1);
    });
    if (this.omitted > 0) {
      this.kept.push(
        `... ${this.omitted} more lines: the limit pipe-text-bytes (${pipeBytes.value}) is reached`,
      );
    }
    return this.kept.join('\n');
  }

  private pass(lines: readonly string[], from: number): void {
    let passing = lines;
    for (const filter of this.filters.slice(from)) passing = filter.lines(passing);
    for (const line of passing) {
      if (this.omitted > 0 || this.size + line.length > pipeBytes.value) {
        this.omitted++;
      } else {
        this.size += line.length + 1;
        this.kept.push(line);
      }
    }
  }
}
