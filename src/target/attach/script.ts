import { probeScript } from '../../probe/index.js';

/** The text that calls a function of the boot script; `require` is the inspector's command-line API. */
export function bootCall(
  fn: 'prepare' | 'inject' | 'external' | 'closeInspector',
  options: object = {},
): string {
  return `(function(){${probeScript('boot')};return remoraProbe.${fn}(require,${JSON.stringify(options)})})()`;
}
