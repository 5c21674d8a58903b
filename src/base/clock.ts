/** Milliseconds since 1970, as a wall clock says; may jump when the clock is set. */
export function epochMs(): number {
  return Date.now();
}

/** Milliseconds on a clock that never jumps; only differences mean something. */
export function monotonicMs(): number {
  return performance.now();
}

/** `yyyy-MM-dd HH:mm:ss.SSS` in local time, from milliseconds since 1970. */
export function formatDateTime(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${date} ${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
