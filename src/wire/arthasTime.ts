import { formatDateTime } from '../base/index.js';

const SECONDS = 'yyyy-MM-dd HH:mm:ss'.length;

/**
 * Local date-time as the reference writes it (wire/arthas.md 2.13): `yyyy-MM-dd HH:mm:ss` and, when not zero, a
 * fraction of 3, 6 or 9 digits; local time zone, no offset.
 *
 * @param nanos Nanoseconds within the second, where the source knows more than milliseconds.
 */
export function arthasTime(time: Date | number, nanos?: number): string {
  const ms = typeof time === 'number' ? time : time.getTime();
  const fraction = fractionOf(nanos ?? new Date(ms).getMilliseconds() * 1_000_000);
  return `${formatDateTime(ms).slice(0, SECONDS)}${fraction ? `.${fraction}` : ''}`;
}

function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return digits.slice(0, 3);
  return digits.endsWith('000') ? digits.slice(0, 6) : digits;
}
