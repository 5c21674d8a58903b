/**
 * A profile ends with the agent that takes it, and where none runs that is us: a line that would leave one behind waits for
 * it instead, or says what would let it go on.
 */
export function keptLine(line: string): { readonly line: string; readonly note?: string } {
  if (!/^\s*profiler\s+(start|resume)\b/.test(line) || /\s(--wait|-h|--help)\b/.test(line)) return { line };
  const end = line.search(/\s[|>]/);
  const [command, rest] = end < 0 ? [line, ''] : [line.slice(0, end), line.slice(end)];
  if (/\s(-d|--duration|--timeout)\b/.test(command)) {
    return {
      line: `${command} --wait${rest}`,
      note: 'No agent runs that would stay: waiting until it is done.',
    };
  }
  return {
    line,
    note: 'No agent runs that would stay, so this profile ends with this command: give -d SECONDS, or type it at the prompt of `remora attach`.',
  };
}
