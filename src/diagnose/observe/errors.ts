import { RemoraError } from '../../base/index.js';
import type { FunctionPattern } from '../../target/index.js';
import type { CommandEnd } from '../command.js';
import type { CallExpression } from '../expression/index.js';

const SAYS_NO = -1;
const MISSING = /of (?:undefined|null)\b/;

/** wire/arthas.md 2.16: nothing enhanced, with what to try next. */
export function nothingFits({ module, name }: FunctionPattern, why: string | undefined): CommandEnd {
  return {
    statusCode: SAYS_NO,
    message: [
      `No class or method is affected${why === undefined ? '' : ` (${why})`}, try:`,
      `1. Execute \`sc ${module}\` to see whether such a module or class is loaded; a module that comes later is waited for with -L.`,
      `2. Execute \`sm ${module} ${name}\` to see how its functions are named, and which of them can be reached.`,
      '3. Names are those of the source (`Cart.total`, `<anonymous>@cart.ts:12`); -E takes regular expressions that fit the whole name.',
    ].join('\n'),
  };
}

/** wire/arthas.md 2.16; here functions are counted, of which a module has many. */
export function overLimit({ details, hint }: RemoraError, most: number): string {
  return `The number of matched functions is ${String(details?.count ?? 'greater')}, greater than the limit value ${most}. Try to change the limit with option '-m <arg>'.${hint ? ` ${hint}` : ''}`;
}

/** The words of the reference; it ends there, too. */
export function expressionFailed(
  command: string,
  express: CallExpression | undefined,
  condition: CallExpression | undefined,
  why: string,
): string {
  const texts = [
    `condition is: ${condition?.text ?? 'null'}`,
    ...(express ? [`express is: ${express.text}`] : []),
  ];
  const hint = MISSING.test(why) ? '. Write a?.b where a may be missing' : '';
  return `${command} failed, ${texts.join(', ')}, ${why}${hint}`;
}

const STOPPED: Readonly<Record<string, string>> = {
  expired: 'its lifetime is over (limit instrument-lifetime)',
  budget: 'the governor removed its instruments, as they cost the process more than the budget',
  undone: 'its instruments were taken out by somebody else (reset)',
};

/** Of what a command observed, which nobody ended here. */
export function endedBy(name: string, why: string): string {
  return `${name} ended: ${STOPPED[why] ?? why}`;
}

/** @throws what is anything else */
export function tooMany(error: unknown): RemoraError {
  if (error instanceof RemoraError && error.code === 'too-many-functions') return error;
  throw error;
}
