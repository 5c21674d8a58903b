import type { ObserverSpec } from '../../probe/index.js';
import { traceFrames, traceLife, traceNodes } from '../trace/limits.js';
import { instrumentRate } from './limits.js';
import type { OpenObservation } from './openObservation.js';
import { extrasOf } from './specs.js';

const FRAMES = 50;

/** What the probe is told of an observation. */
export function observerSpec({ observer, observed, request, slots }: OpenObservation): ObserverSpec {
  const { trace } = request;
  return {
    observer,
    kind: request.kind,
    hooks: slots,
    points: request.points,
    condition: request.condition,
    express: request.express,
    before: request.before,
    settle: request.settle,
    limits: request.limits,
    hits: request.hits,
    rate: request.rate ?? instrumentRate.value,
    frames: request.frames ?? FRAMES,
    ...(trace && { trace: { acrossCallbacks: trace.acrossCallbacks, limits: treeLimits() } }),
    ...extrasOf(request.kind, observed),
  };
}

function treeLimits(): NonNullable<ObserverSpec['trace']>['limits'] {
  return { nodes: traceNodes.value, depth: traceFrames.value, lifeMs: traceLife.value * 1000 };
}
