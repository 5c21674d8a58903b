import { type CompiledText, type ObserverSpec, VARIABLES } from '../../instrumentProtocol.js';

const MARK = "globalThis[Symbol.for('remora.probe')]";

/**
 * What begins an observer on the main thread. Its texts are evaluated as part of it: a debugger may do that also where
 * the application runs with --disallow-code-generation-from-strings.
 */
export function observeText(spec: ObserverSpec, slot: number): string {
  const factories = [factory('condition', spec.condition), factory('express', spec.express)].filter(Boolean);
  return `${MARK}.tools.observe(${JSON.stringify(spec)},${slot},{${factories.join(',')}})`;
}

function factory(name: string, text: CompiledText | undefined): string {
  return text
    ? `${name}:(_$r,_$m)=>{"use strict";return (${(text.variables ?? VARIABLES).join(',')})=>(${text.source}\n)}`
    : '';
}
