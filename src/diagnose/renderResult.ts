import type { Result, Style } from './command.js';
import { COMMANDS } from './commands/index.js';
import { type ResultRenderer, resultRenderer } from './render/index.js';

let renderer: ResultRenderer | undefined;

/**
 * A result, as parsed from an answer, as text for people: by its type, for all commands of this room; an unknown type
 * as names and values. Undefined = nothing to show. Safe to write to a terminal.
 */
export function renderResult(result: Result, style: Style, width: number): string | undefined {
  renderer ??= resultRenderer(COMMANDS);
  return renderer(result, style, width);
}
