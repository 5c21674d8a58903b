import type { Budget } from '../../target/index.js';
import type { OptionTable } from '../services.js';

const OVER_MS = 5000;
const BURST_MS = 1000;
/** A burst may cost five times as much, for a second (DESIGN 3.9). */
const BURST = 5;

/** What `options probe-budget` says, as instruments take it. */
export function budgetOf(options: OptionTable): Budget {
  const text = options.get('probe-budget')?.value ?? '1';
  const share = text === 'off' ? 0 : Number(text) / 100;
  return { share, overMs: OVER_MS, burstShare: Math.min(1, share * BURST), burstMs: BURST_MS };
}

/** `1 % of one core over 5 s`, or that there is none. */
export function budgetText({ share, overMs }: Budget): string {
  return share === 0 ? 'no budget' : `a budget of ${percent(share)} of one core over ${overMs / 1000} s`;
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(value >= 0.1 ? 1 : 3)} %`;
}
