/** Why an option is not set in a running process, by what it does. First that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(max|min|initial|semi)-.*(size|ratio|factor)|^max-(old|semi|young|heap)|heap-growing|^semi-space/,
    'V8 lays out its heap when it starts: tried on Node 20 to 26, the limit stays what it was',
  ],
  [/^stack-size$/, 'V8 reads it when a thread starts; a larger one ends in a crash of the process'],
  [
    /^stack-trace-limit$/,
    "Error.stackTraceLimit has taken its place: 'sysprop error.stackTraceLimit N' sets that",
  ],
  [
    /^(opt|turbo|maglev|sparkplug|jitless|lazy|interpreted|always|flush|concurrent|wasm|liftoff|harmony|js-|experimental|allow-natives|expose-gc|predictable|single-threaded)/,
    'code that is compiled already was made for its present value, and V8 does not expect it to change',
  ],
  [/^inspect|^debug/, 'Remora opens and closes the inspector by itself'],
  [
    /^(require|import|loader|conditions|r|input-type|preserve-symlinks)/,
    'modules are resolved and loaded by now',
  ],
  [
    /^throw-deprecation$|^unhandled-rejections$|^pending-deprecation$/,
    'it would end or fail what has worked until now',
  ],
  [
    /^report-(directory|filename|signal)$/,
    'it would make the process write to another file, or handle another signal',
  ],
  [/^(permission|allow-)/, 'rights are given when a process starts'],
  [/^(openssl|tls|use-|force-fips|enable-fips|secure-heap)/, 'OpenSSL is set up when a process starts'],
  [/^(cpu-prof|heap-prof|prof)/, "the process writes it when it ends: 'profiler start' takes one now"],
  [/^max-http-header-size$|^insecure-http-parser$/, 'Node reads it when a server or parser is made'],
];

export function whyNotSet(name: string): string {
  const reason = REASONS.find(([pattern]) => pattern.test(name))?.[1];
  return reason ?? 'it is none of those that were tried to take effect safely in a running process';
}
