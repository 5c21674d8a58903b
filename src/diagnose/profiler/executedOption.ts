import { profilerError } from './errors.js';
import { formatOf } from './formats/index.js';

const NUMBERS = new Set(['duration', 'timeout', 'minwidth', 'jstackdepth']);
const WORDS = new Set([
  'event',
  'interval',
  'file',
  'title',
  'include',
  'exclude',
  'format',
  'output',
  'alloc',
  'wall',
]);
const FLAGS = new Set(['await', 'threads', 'reverse', 'total', 'live', 'wait']);

/** One part of the line of `profiler execute` as options: `interval=5ms`, `threads`, `flat=8`. @throws CommandFailure */
export function executedOption(part: string): Record<string, string | number | boolean> {
  const [name = '', ...values] = part.split('=');
  const value = values.join('=');
  if (FLAGS.has(name)) return { [name]: true };
  if (WORDS.has(name) && value !== '') return { [name]: value };
  if (NUMBERS.has(name) && /^\d{1,9}(\.\d+)?$/.test(value)) return { [name]: Number(value) };
  if (values.length === 0 || /^(flat|traces|md)$/.test(name)) {
    try {
      formatOf(name as never);
      return { format: value === '' ? name : `${name}=${value}` };
    } catch {
      // Said below.
    }
  }
  throw profilerError(`'${part.slice(0, 50)}' is no option of 'profiler execute'`);
}
