export { type Analysis, type AnalysisOptions, analyse, bodyOf, scopeAt, scopeOf } from './analysis.js';
export { type ClassNode, childrenOf, type FunctionNode, isFunction, isNode } from './nodes.js';
export type { PrivateName, Reference, ReferenceKind, Use } from './reference.js';
export type { Scope, ScopeKind } from './scope.js';
export type { Declaration, Variable, VariableKind } from './variable.js';
