import type { Result } from '../command.js';
import { pipeBytes } from '../limits.js';
import type { LineFile, Written } from './lineFile.js';

/** One stage of a pipe. Lines go in, lines come out. */
export interface LineFilter {
  /** Written beside. */
  readonly file?: LineFile;
  /** The lines of one result. Returns what passes. */
  lines(lines: readonly string[]): string[];
  /** What comes after the last line. */
  end(): string[];
}

/**
 * The text behind a `|` or before a `>`: every result is rendered, its lines go through the filters, and what passes is
 * kept (bounded) or goes into a file.
 */
export class Pipeline {
  private readonly kept: string[] = [];
  private readonly files: readonly LineFile[];
  private size = 0;
  private omitted = 0;

  constructor(
    private readonly render: (result: Result) => string | undefined,
    private readonly filters: readonly LineFilter[],
    /** Where what passes goes, in place of the `text` result. */
    private readonly goal: LineFile | undefined = undefined,
  ) {
    this.files = [...filters.flatMap(({ file }) => file ?? []), ...(goal ? [goal] : [])];
  }

  /** Opens the files. @throws RemoraError when one of them cannot be written; none stays open then */
  async open(): Promise<void> {
    try {
      for (const file of this.files) await file.open();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  add(result: Result): void {
    const text = this.render(result);
    if (text !== undefined) this.pass(text.split('\n'), 0);
  }

  /** Resolves when the files have taken what was added, so that a slow disk slows the job. */
  async settled(): Promise<void> {
    for (const file of this.files) await file.settled();
  }

  get writes(): boolean {
    return this.files.length > 0;
  }

  /** The lines that have passed since this was called last, for who shows them as they come. */
  take(): string[] {
    this.size = 0;
    return this.kept.splice(0);
  }

  /**
   * The whole text, or what was not taken of it, without a newline at its end; undefined where it went into a file.
   */
  end(): string | undefined {
    this.filters.forEach((filter, index) => {
      this.pass(filter.end(), index + 1);
    });
    if (this.goal) return undefined;
    if (this.omitted > 0) {
      this.kept.push(
        `... ${this.omitted} more lines: the limit pipe-text-bytes (${pipeBytes.value}) is reached`,
      );
    }
    return this.kept.join('\n');
  }

  /** Closes the files, all of them also where one fails. @throws RemoraError of the first that failed */
  async close(): Promise<Written[]> {
    const ends = await Promise.allSettled(this.files.map((file) => file.close()));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return ends.flatMap((end) => (end.status === 'fulfilled' && end.value ? [end.value] : []));
  }

  private pass(lines: readonly string[], from: number): void {
    let passing = lines;
    for (const filter of this.filters.slice(from)) passing = filter.lines(passing);
    if (this.goal) {
      this.goal.add(passing);
      return;
    }
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
