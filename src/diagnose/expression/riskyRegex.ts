/**
 * Could matching take exponential time? True for a repeated group that holds a repetition itself, and for back
 * references. Says nothing of slow but polynomial patterns: the length of the text and the evaluation's time bound those.
 */
export function isRiskyRegex(source: string): boolean {
  const groups: boolean[] = [false];
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') {
      if (/[1-9k]/.test(source[at + 1] ?? '')) return true;
      at += 1;
    } else if (char === '[') {
      at = classEnd(source, at);
    } else if (char === '(') {
      groups.push(false);
    } else if (char === ')') {
      const repeatsInside = groups.pop() ?? false;
      if (repeatsInside && isRepeat(source, at + 1)) return true;
      if (repeatsInside || isRepeat(source, at + 1)) markOpen(groups);
    } else if (isRepeat(source, at)) {
      markOpen(groups);
    }
  }
  return false;
}

function markOpen(groups: boolean[]): void {
  groups[Math.max(0, groups.length - 1)] = true;
}

/** An unbounded (or widely bounded) quantifier begins here. */
function isRepeat(source: string, at: number): boolean {
  if (source[at] === '*' || source[at] === '+') return true;
  const [, , comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at, at + 20)) ?? [];
  return comma === ',' && (most === '' || Number(most) > 10);
}

function classEnd(source: string, at: number): number {
  for (let end = at + 1; end < source.length; end++) {
    if (source[end] === '\\') end += 1;
    else if (source[end] === ']') return end;
  }
  return source.length;
}
