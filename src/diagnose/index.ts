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
export type {
  DiagnoseServices,
  JobView,
  OptionEntry,
  OptionTable,
  SessionView,
  TargetService,
} from './services.js';
