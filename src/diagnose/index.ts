export { diagnoseAliases, diagnoseRoutes } from './api.js';
export { type CatalogueEntry, commandCatalogue } from './catalogue.js';
export { type Clock, systemClock } from './clock.js';
export {
  type ArgumentSpec,
  type Command,
  type CommandArguments,
  type CommandContext,
  type CommandEnd,
  CommandFailure,
  type FieldDoc,
  type OptionSpec,
  type Result,
  type Style,
} from './command.js';
export { COMMANDS } from './commands/index.js';
export { type Candidate, type Completion, type CompletionWish, complete } from './complete.js';
export { type McpApi, mcpApi } from './mcp/api.js';
export type { McpSettings } from './mcp/settings.js';
export {
  type OutputAccess,
  type OutputEntry,
  type OutputFile,
  OutputFolder,
  type OutputOptions,
  type OutputService,
  outputRoutes,
} from './output/index.js';
export {
  ANSI_STYLE,
  type Column,
  fold,
  formatBytes,
  formatDuration,
  PLAIN_STYLE,
  padEnd,
  padStart,
  processTable,
  type ResultRenderer,
  renderKeyValue,
  renderTable,
  renderTree,
  resultRenderer,
  type TreeNode,
  textWidth,
  visible,
} from './render/index.js';
export { renderResult } from './renderResult.js';
export type {
  DiagnoseServices,
  InstrumentsOf,
  JobView,
  OptionEntry,
  OptionTable,
  SessionView,
  TargetService,
} from './services.js';
export { type CommandEvent, SessionStore, type SessionStoreOptions } from './sessionStore.js';
export {
  isKept,
  ResultText,
  type Screen,
  Shell,
  type ShellEnd,
  type ShellSession,
  shellWord,
} from './shell/index.js';
