export * from './arthas.js';
export * as a1 from './configserver/a1.js';
export type { HeldVersion } from './configserver/configVersions.js';
export type { Draft, Message, Value } from './configserver/schema.js';
export {
  type MesosCodec,
  type MesosEncoding,
  type MesosMessages,
  mesosCodec,
  mesosJson,
} from './mesos/codec.js';
export { CALL_TYPES } from './mesos/enums.js';
export { inputRecord } from './mesos/inputRecord.js';
export { outputPieces, outputRecord } from './mesos/outputRecord.js';
export type * from './mesos/types.js';
export * from './pegasus.js';
export * from './pprof/index.js';
export { decodeRecords, encodeRecord, RecordDecoder } from './recordio.js';
