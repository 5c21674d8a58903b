import { stringify } from '../main/captured.js';
import type { RenderLimits } from '../main/render.js';
import type { KeptCall } from './fragment.js';

type Render = (value: unknown, name?: string) => string;

const MOST_RENDERERS = 50;
const LEAST_BYTES = 512;

/** JSON of a Fragment, from live values. */
export class FragmentWriter {
  readonly #renderer: (limits: RenderLimits) => Render;
  readonly #renderers = new Map<string, Render>();
  readonly #numbers = new WeakMap<object, number>();
  #nextNumber = 1;

  constructor(renderer: (limits: RenderLimits) => Render) {
    this.#renderer = renderer;
  }

  /** `more`: members that follow, each with a comma before it. */
  text(
    call: KeptCall,
    {
      index,
      bytes,
      names,
    }: { readonly index: number; readonly bytes: number; readonly names: readonly string[] },
    limits: RenderLimits,
    more = '',
  ): string {
    const { hook, params, settle, threw } = call;
    const shown = Math.min(params.length, limits.items);
    const render = this.render(limits, shown + 1);
    let list = '';
    for (let at = 0; at < shown; at++) list += `${at > 0 ? ',' : ''}${render(params[at], names[at] ?? '')}`;
    const outcome = threw ? `"throwExp":${render(call.thrown)}` : `"returnObj":${render(call.returned)}`;
    const left = params.length > shown ? `,"more":${params.length - shown}` : '';
    const settled = settle >= 0 ? `,"settle":${settle / 1e6}` : '';
    return `{"index":${index},"ts":${call.ts},"cost":${Math.max(call.cost, 0)}${settled},"threw":${threw},"object":"${this.#objectOf(call.self)}","className":${stringify(hook.className)},"methodName":${stringify(hook.methodName)},"params":[${list}]${left},${outcome},"bytes":${bytes}${more}}`;
  }

  /** For so many values, which share what one may take. */
  render(limits: RenderLimits, values: number): Render {
    const bytes = Math.max(LEAST_BYTES, Math.floor(limits.bytes / values));
    const time = limits.time / values;
    const key = `${limits.depth} ${limits.items} ${limits.string} ${bytes} ${time} ${limits.secrets !== undefined}`;
    let render = this.#renderers.get(key);
    if (!render) {
      if (this.#renderers.size >= MOST_RENDERERS) this.#renderers.clear();
      render = this.#renderer({ ...limits, bytes, time });
      this.#renderers.set(key, render);
    }
    return render;
  }

  #objectOf(self: unknown): string {
    if ((typeof self !== 'object' || self === null) && typeof self !== 'function') return 'NULL';
    let number = this.#numbers.get(self);
    if (number === undefined) {
      number = this.#nextNumber++;
      this.#numbers.set(self, number);
    }
    return `0x${number.toString(16).padStart(8, '0')}`;
  }
}
