import type { Style } from '../command.js';
import { fold, padEnd, textWidth } from './text.js';

/** Of the width: a longer name pushes its value aside. */
const MOST_OF_NAMES = 0.6;

/** Two columns, names left; a long value folds under itself. Pairs whose value is undefined are left out. */
export function renderKeyValue(
  pairs: readonly (readonly [name: string, value: string | undefined])[],
  style: Style,
  width: number,
): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const names = Math.min(
    Math.max(0, ...shown.map(([name]) => textWidth(name))),
    Math.max(8, Math.floor(width * MOST_OF_NAMES)),
  );
  const lines = shown.flatMap(([name, value]) => {
    const room = Math.max(10, width - names - 2);
    return fold(value, room).map((line, index) =>
      `${index === 0 ? style.cyan(padEnd(name, names)) : ' '.repeat(names)}  ${line}`.trimEnd(),
    );
  });
  return lines.join('\n');
}
