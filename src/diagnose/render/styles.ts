import picocolors from 'picocolors';
import type { Style } from '../command.js';

const same = (text: string) => text;
const colors = picocolors.createColors(true);

export const PLAIN_STYLE: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

export const ANSI_STYLE: Style = {
  bold: colors.bold,
  dim: colors.dim,
  red: colors.red,
  green: colors.green,
  yellow: colors.yellow,
  cyan: colors.cyan,
};
