import { constants } from 'node:os';
import { InvalidArgumentError } from 'commander';

const NUMBERS: Readonly<Record<string, number>> = constants.signals;
const HIGHEST = 64;

/** `TERM`, `SIGTERM`, `term` or `15`. */
export function parseSignal(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : NUMBERS[`SIG${text.toUpperCase().replace(/^SIG/, '')}`];
  if (number === undefined || number < 1 || number > HIGHEST) {
    throw new InvalidArgumentError(
      `Give a signal by name (TERM, INT, HUP, USR1, ...) or number, 1 to ${HIGHEST}.`,
    );
  }
  return number;
}

/** `SIGKILL`; a number without a name as it is. */
export function signalName(number: number): string {
  return Object.entries(NUMBERS).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
