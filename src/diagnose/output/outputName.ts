import { badOutputName } from './errors.js';

/** No slash, no leading dot, nothing that a shell, a header or a page would read as more than a name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+=@,-]{0,159}$/;

export const OUTPUT_PATH = '/arthas-output/';

export function isOutputName(name: string): boolean {
  return NAME.test(name);
}

/** @throws RemoraError `bad-output-name` */
export function checkOutputName(name: string): string {
  if (!isOutputName(name)) throw badOutputName(name);
  return name;
}

/** Other people's text (the name of a process, of a class) as a part of a name. */
export function outputNameOf(text: string, longest = 60): string {
  const safe = text.replace(/[^A-Za-z0-9._+=@,-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  return safe.slice(0, longest) || 'output';
}

export function outputUrl(name: string): string {
  return OUTPUT_PATH + encodeURIComponent(name);
}

/** `dump.txt`, `dump-2.txt`, ...; `number` from 1. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.indexOf('.', 1);
  const [base, end] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
  return `${base.slice(0, 150 - end.length)}-${number}${end}`;
}

/** The sheet's: `20260131-235959`, local time. */
export function outputStamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
