import { defineLimit, SECRET_NAMES } from '../../base/index.js';

export const valueItems = defineLimit({
  name: 'value-items',
  unit: 'count',
  default: 100,
  summary: 'Elements, entries or members shown of one value.',
});

export const valueString = defineLimit({
  name: 'value-string',
  unit: 'count',
  default: 8192,
  summary: 'Characters shown of one text in a value.',
});

export const valueBytes = defineLimit({
  name: 'value-bytes',
  unit: 'bytes',
  default: 512 * 1024,
  summary: 'JSON characters of one rendered value.',
});

export const valueTime = defineLimit({
  name: 'value-time',
  unit: 'ms',
  default: 50,
  summary: "How long rendering one value may keep the target's main thread.",
});

/** What `render` of src/probe/main/render.ts takes. */
export interface RenderLimits {
  readonly depth: number;
  readonly items: number;
  readonly string: number;
  readonly bytes: number;
  readonly time: number;
  readonly secrets?: typeof SECRET_NAMES;
}

/** The limits of now, for values opened `depth` levels deep. */
export function renderLimits(depth: number, redact = true): RenderLimits {
  return {
    depth,
    items: valueItems.value,
    string: valueString.value,
    bytes: valueBytes.value,
    time: valueTime.value,
    secrets: redact ? SECRET_NAMES : undefined,
  };
}
