import { arthasJson } from '../../wire/index.js';
import type { Command, Result, Style } from '../command.js';
import { COMMON_RENDERERS } from './commonResults.js';
import { renderKeyValue } from './keyValue.js';
import { PLAIN_STYLE } from './styles.js';
import { visible } from './text.js';

export type ResultRenderer = (result: Result, style: Style, width: number) => string | undefined;

/**
 * Renders results by their type: the command that lists the type, else the common ones, else names and values.
 * Undefined = nothing to show. What comes out is safe for a terminal: only the colours of `style` steer it.
 */
export function resultRenderer(commands: readonly Command[]): ResultRenderer {
  const owners = new Map<string, Command>();
  for (const command of commands) {
    for (const { type } of command.results) if (!owners.has(type)) owners.set(type, command);
  }
  return (result, style, width) => {
    const owner = owners.get(result.type);
    const common = COMMON_RENDERERS.get(result.type);
    const rendered = owner
      ? owner.render(result, style, width)
      : common
        ? common(result, style, width)
        : fallback(result, style, width);
    return rendered === undefined ? undefined : visible(rendered, style !== PLAIN_STYLE);
  };
}

function fallback(result: Result, style: Style, width: number): string {
  const pairs = Object.entries(result)
    .filter(([name, value]) => name !== 'type' && name !== 'jobId' && value !== undefined)
    .map(([name, value]) => [name, typeof value === 'string' ? value : arthasJson(value)] as const);
  return renderKeyValue(pairs, style, width);
}
