import type { ArgumentSpec, OptionSpec } from '../command.js';
import type { LineFile } from './lineFile.js';
import type { LineFilter } from './pipeline.js';

export const TEE_OPTIONS: readonly OptionSpec[] = [
  { short: 'a', long: 'append', kind: 'flag', summary: 'Add to the file instead of replacing it' },
];

export const TEE_ARGS: readonly ArgumentSpec[] = [
  {
    name: 'file',
    required: false,
    summary: 'A plain name; the file comes into the output folder of the agent',
  },
];

/** `| tee FILE`: lines pass, and stay. Without a file (a client that only shows what passes) they just pass. */
export class Tee implements LineFilter {
  readonly file: LineFile | undefined;

  constructor(file: LineFile | undefined) {
    this.file = file;
  }

  lines(lines: readonly string[]): string[] {
    this.file?.add(lines);
    return [...lines];
  }

  end(): string[] {
    return [];
  }
}
