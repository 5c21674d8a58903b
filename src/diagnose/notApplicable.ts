/** Commands of the protocol that have no meaning in Node.js, and what to use; docs/compat.md says the same. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  jfr: "it is not applicable to Node.js, which has no Flight Recorder: 'profiler' records, 'mbean -i' repeats",
  'classloader-metaspace':
    "it is not applicable to Node.js, as V8 keeps no memory by loader: 'memory' and 'perfcounter' have its code spaces",
  groovy: "it is not applicable to Node.js: 'ognl' evaluates JavaScript",
};
