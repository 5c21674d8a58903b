export { type Analysis, analyse, bodyOf, scopeAt, scopeOf } from './analysis.js';
export { type ClassNode, childrenOf, type FunctionNode, isFunction, isNode } from './nodes.js';
export type { PrivateName, Reference, Use } from './reference.js';
export type { Scope } from './scope.js';
export type { Variable, VariableKind } from './variable.js';
