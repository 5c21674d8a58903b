/** Which stacks are wanted. */
export interface StackFilter {
  /** Those that have a frame matching one of these; empty = all. */
  readonly include: readonly ((text: string) => boolean)[];
  /** But not those that have a frame matching one of these. */
  readonly exclude: readonly ((text: string) => boolean)[];
}

interface Named {
  readonly name: string;
  readonly file: string;
}

/** Does one of them say yes to the function's name or its file? */
export function matchesAny(matchers: StackFilter['include'], { name, file }: Named): boolean {
  return matchers.some((matches) => matches(name) || matches(file));
}

export function passes({ include, exclude }: StackFilter, stack: readonly Named[]): boolean {
  if (include.length > 0 && !stack.some((frame) => matchesAny(include, frame))) return false;
  return exclude.length === 0 || !stack.some((frame) => matchesAny(exclude, frame));
}

/** `*` stands for anything; without one the text may stand anywhere, as users of async-profiler expect of `a.B.*`. */
export function stackPattern(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return (text) => text.includes(pattern);
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
      return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > text.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
}
