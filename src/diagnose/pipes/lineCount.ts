import type { OptionSpec } from '../command.js';
import type { LineFilter } from './pipeline.js';

export const WC_OPTIONS: readonly OptionSpec[] = [
  { short: 'l', long: 'lines', kind: 'flag', summary: 'Count lines; the only count there is' },
];

/** `| wc -l`. */
export class LineCount implements LineFilter {
  private count = 0;

  lines(lines: readonly string[]): string[] {
    this.count += lines.length;
    return [];
  }

  end(): string[] {
    return [String(this.count)];
  }
}
