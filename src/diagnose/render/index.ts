export { renderKeyValue } from './keyValue.js';
export { processTable } from './processTable.js';
export { type ResultRenderer, resultRenderer } from './renderResult.js';
export { ANSI_STYLE, PLAIN_STYLE } from './styles.js';
export { type Column, renderTable } from './table.js';
export { fold, padEnd, padStart, textWidth, visible } from './text.js';
export { renderTree, type TreeNode } from './tree.js';
export { formatBytes, formatDuration } from './units.js';
