import { defineLimit } from '../base/index.js';

export const recordBytes = defineLimit({
  name: 'client-record-bytes',
  unit: 'bytes',
  default: 4 * 1024 * 1024,
  summary: "One record of a container's output stream as our client takes it; over it the stream is refused",
});
