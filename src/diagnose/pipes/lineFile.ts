import type { Risk } from '../../base/index.js';
import { outputTaken } from '../output/errors.js';
import type { OutputFile, OutputService } from '../output/index.js';

/** A file of text that a job wrote, as its `redirect` result has it. */
export interface Written {
  readonly file: string;
  /** Where it can be fetched from this agent. */
  readonly url: string;
  /** On the agent's host. */
  readonly path: string;
  /** Written by this job. */
  readonly bytes: number;
}

export interface FileWish {
  readonly name: string;
  readonly append: boolean;
  /** Who may run commands of this risk may read it. */
  readonly risk: Risk;
  /** The name was not given by the user: another one will do. */
  readonly anyName?: boolean;
}

/** Lines of a `>` or a `tee`, on their way into a file of the agent's output folder. It grows before the eyes of readers. */
export class LineFile {
  readonly #wish: FileWish;
  readonly #output: () => OutputService;
  #file: OutputFile | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(output: () => OutputService, wish: FileWish) {
    this.#output = output;
    this.#wish = wish;
  }

  /** @throws RemoraError when the folder refuses the name */
  async open(): Promise<void> {
    const { name, append, risk } = this.#wish;
    const output = this.#output();
    const there = append ? undefined : (await output.list()).find((entry) => entry.name === name);
    if (there) {
      // Who may write this one need not have the right to that one.
      if (there.risk !== risk) throw outputTaken(name);
      await output.remove(name);
    }
    this.#file = await output.append(name, { risk });
  }

  add(lines: readonly string[]): void {
    if (!this.#file || lines.length === 0) return;
    this.#last = this.#file.write(`${lines.join('\n')}\n`);
    // Whoever awaits `settled` or `close` hears of it.
    this.#last.catch(() => undefined);
  }

  /** Resolves when the system has taken what was added. @throws RemoraError when it could not be written */
  settled(): Promise<void> {
    return this.#last;
  }

  /** @throws RemoraError when it could not be written; nothing of it is left then */
  async close(): Promise<Written | undefined> {
    const file = this.#file;
    if (!file) return undefined;
    await file.close();
    return { file: file.name, url: file.url, path: file.path, bytes: file.bytes };
  }
}
