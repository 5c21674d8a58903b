export * from './arthas.js';
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
export { decodeRecords, encodeRecord, RecordDecoder } from './recordio.js';
