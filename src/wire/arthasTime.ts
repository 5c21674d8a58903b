/**
 * Local date-time as the reference writes it (wire/arthas.md 2.13): `yyyy-MM-dd HH:mm:ss` and, when not zero, a
 * fraction of 3, 6 or 9 digits; local time zone, no offset.
 *
 * @param nanos Nanoseconds within the second, where the source knows more than milliseconds.
 */
export function arthasTime(time: Date | number, nanos?: number): string {
  const date = typeof time === 'number' ? new Date(time) : time;
  const fraction = fractionOf(nanos ?? date.getMilliseconds() * 1_000_000);
  return `${toSeconds(date)}${fraction ? `.${fraction}` : ''}`;
}

/** `yyyy-MM-dd HH:mm:ss.SSS`, always with milliseconds: the form of `welcome.time`. */
export function arthasTimeMillis(time: Date | number): string {
  const date = typeof time === 'number' ? new Date(time) : time;
  return `${toSeconds(date)}.${pad(date.getMilliseconds(), 3)}`;
}

function toSeconds(date: Date): string {
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = pad(nanos, 9);
  if (digits.endsWith('000000')) return digits.slice(0, 3);
  return digits.endsWith('000') ? digits.slice(0, 6) : digits;
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}
