import type { Result, Style } from '../command.js';
import { renderEnhancer } from './enhancer.js';
import { renderKeyValue } from './keyValue.js';

type Renderer = (result: Result, style: Style, width: number) => string | undefined;

/** Results that belong to no single command (wire/arthas.md 1.8). A command that lists one of them as its own wins. */
export const COMMON_RENDERERS: ReadonlyMap<string, Renderer> = new Map<string, Renderer>([
  ['message', ({ message }) => text(message)],
  ['text', (result) => text(result.text)],
  [
    'redirect',
    ({ file, url, bytes }, style) =>
      style.dim(`${text(bytes)} bytes in ${text(file)}, to be had at ${text(url)}`),
  ],
  ['row_affect', ({ rowCount }, style) => style.dim(`Affect(row-cnt:${text(rowCount)})`)],
  [
    'dropped',
    ({ count, reason }, style) =>
      style.yellow(`... ${text(count)} result(s) dropped here${reason ? `: ${text(reason)}` : ''}`),
  ],
  [
    'status',
    ({ statusCode, message }, style) => {
      if (message === undefined) return undefined;
      return statusCode === 0 ? text(message) : style.red(text(message));
    },
  ],
  ['enhancer', renderEnhancer],
  [
    'welcome',
    ({ version, pid, mainClass, time }, style, width) =>
      renderKeyValue(
        [
          ['version', optional(version)],
          ['process', optional(mainClass)],
          ['pid', optional(pid)],
          ['time', optional(time)],
        ],
        style,
        width,
      ),
  ],
  [
    'command',
    ({ command, message }, style) =>
      `${style.dim('$')} ${text(command)}${message === undefined ? '' : `\n${style.red(text(message))}`}`,
  ],
  ['input_status', () => undefined],
]);

function text(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

function optional(value: unknown): string | undefined {
  return value === undefined ? undefined : text(value);
}
