import { RemoraError } from '../../base/index.js';
import type { Budget } from '../../target/index.js';
import type { DiagnoseServices, OptionTable } from '../services.js';

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
export function budgetText({ share, overMs }: Pick<Budget, 'share' | 'overMs'>): string {
  return share === 0
    ? 'one core, without a budget'
    : `one core over ${overMs / 1000} s, budget ${percent(share)}`;
}

/** Tells every process what `options probe-budget` says now; one in which nothing is installed is not asked for it. */
export async function applyBudget({ instruments, options, targets }: DiagnoseServices): Promise<void> {
  const told = targets.attached().map(async (target) => {
    try {
      await instruments?.(target).setBudget(budgetOf(options));
    } catch (error) {
      // It has gone; the next observation says the budget anew.
      if (!(error instanceof RemoraError)) throw error;
    }
  });
  await Promise.all(told);
}

export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.001) return 'less than 0.001 %';
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(value >= 0.1 ? 1 : 3)} %`;
}
