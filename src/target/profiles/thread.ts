import type { CallOptions, CdpParams, Target } from '../types.js';

/** A thread that can be profiled: the main one, or a worker of the application. */
export interface ProfiledThread {
  /** `main`, `worker 3`, `worker 3 (name)`. */
  readonly name: string;
  /** Of Node.js; 0 = unknown. */
  readonly major: number;
  /** When it has ended or cannot be reached any more. */
  readonly closed: AbortSignal;
  cdp<T = Record<string, unknown>>(method: string, params?: CdpParams, options?: CallOptions): Promise<T>;
}

export function mainThread(target: Target): ProfiledThread {
  return {
    name: 'main',
    major: majorOf(target),
    closed: target.closed,
    cdp: (method, params, options) => target.cdp(method, params, options),
  };
}

export function majorOf(target: Target): number {
  return Number.parseInt(target.process.nodeVersion, 10) || 0;
}
