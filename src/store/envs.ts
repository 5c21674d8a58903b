/** Table envs (wire/pegasus-http.md section 8): those that do something here, their rules and the texts of refusal. */
import { badEnv } from './errors.js';

export interface ThrottlePart {
  /** Calls or bytes per second. */
  readonly units: number;
  readonly ms: number;
}

export interface ThrottleRule {
  readonly delay?: ThrottlePart;
  readonly reject?: ThrottlePart;
}

export interface TableEnvs {
  /** Seconds, 0 = never. */
  readonly defaultTtl: number;
  readonly slowQueryMs: number | undefined;
  readonly slowQueryLog: boolean;
  readonly deny: 'all' | 'read' | 'write' | undefined;
  readonly readThrottling: ThrottleRule | undefined;
  readonly writeThrottling: ThrottleRule | undefined;
  readonly writeThrottlingBySize: ThrottleRule | undefined;
}

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const UNITS: Readonly<Record<string, bigint>> = { K: 1n << 10n, M: 1n << 20n };
const DENY =
  'Invalid deny client args, valid include: timeout*all, timeout*write, timeout*read; reconfig*all, reconfig*write, reconfig*read';

type Check = (value: string) => string | undefined;

/** Key → what is wrong with a value, in the words of the protocol. */
const CHECKS: Readonly<Record<string, Check>> = {
  default_ttl: (value) => {
    const number = parseInteger(value);
    if (number === undefined || number > BigInt(INT32_MAX) || number < -BigInt(INT32_MAX) - 1n) {
      return `invalid value '${value}', should be an 32 bits integer`;
    }
    return number >= 0n ? undefined : `invalid value '${value}', should be '>= 0'`;
  },
  'replica.slow_query_threshold': (value) => {
    const number = parseInteger(value);
    if (number === undefined || number > INT64_MAX || number < -INT64_MAX - 1n) {
      return `invalid value '${value}', should be an 64 bits integer`;
    }
    return number >= 20n ? undefined : `invalid value '${value}', should be '>= 20'`;
  },
  'replica.enable_slow_query_log': (value) =>
    parseBoolean(value) === undefined ? `invalid value '${value}', should be a boolean` : undefined,
  'replica.deny_client_request': (value) => (denied(value) ? undefined : DENY),
  'replica.read_throttling': throttleFault,
  'replica.write_throttling': throttleFault,
  'replica.write_throttling_by_size': throttleFault,
  // Says something to people alone.
  'business.info': () => undefined,
};

/** The keys that can be set. */
export const ENV_KEYS: readonly string[] = Object.keys(CHECKS);

/** @throws RemoraError `bad-env`, whose message is the hint that Pegasus gives. */
export function checkEnvs(envs: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(envs)) {
    if (!Object.hasOwn(CHECKS, key)) throw badEnv(key, `app_env '${key}' is not supported`);
    const fault = typeof value === 'string' ? CHECKS[key]?.(value) : `invalid value '${String(value)}'`;
    if (fault !== undefined) throw badEnv(key, fault);
  }
}

/** What checked envs say. */
export function parseEnvs(envs: Readonly<Record<string, string>>): TableEnvs {
  checkEnvs(envs);
  const rule = (key: string): ThrottleRule | undefined => {
    const value = envs[key];
    return value === undefined ? undefined : readThrottle(value);
  };
  const threshold = envs['replica.slow_query_threshold'];
  const log = envs['replica.enable_slow_query_log'];
  return {
    defaultTtl: Number(parseInteger(envs.default_ttl ?? '0') ?? 0n),
    slowQueryMs: threshold === undefined ? undefined : Number(parseInteger(threshold)),
    slowQueryLog: log === undefined || parseBoolean(log) === true,
    deny: denied(envs['replica.deny_client_request'] ?? ''),
    readThrottling: rule('replica.read_throttling'),
    writeThrottling: rule('replica.write_throttling'),
    writeThrottlingBySize: rule('replica.write_throttling_by_size'),
  };
}

/** As C reads it: `10`, `0x0A`, `012`, with a sign; the whole text. */
function parseInteger(text: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  if (/^0\d/.test(digits)) {
    if (!/^[0-7]+$/.test(digits)) return undefined;
    return signed(sign, BigInt(`0o${digits.slice(1)}`));
  }
  return signed(sign, BigInt(digits));
}

function signed(sign: string, value: bigint): bigint {
  return sign === '-' ? -value : value;
}

function parseBoolean(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true;
  return /^false$/i.test(text) ? false : undefined;
}

/** `timeout` and `reconfig` differ only in what a Pegasus client does next; here both are refusals. */
function denied(value: string): TableEnvs['deny'] {
  return /^(?:timeout|reconfig)\*(all|read|write)$/.exec(value)?.[1] as TableEnvs['deny'];
}

function throttleFault(value: string): string | undefined {
  const parsed = parseThrottle(value);
  return typeof parsed === 'string' ? parsed : undefined;
}

function readThrottle(value: string): ThrottleRule | undefined {
  const parsed = parseThrottle(value);
  return typeof parsed === 'string' ? undefined : parsed;
}

/** `100*delay*100,20K*reject*50` → the rule, or what is wrong with it. */
function parseThrottle(value: string): ThrottleRule | string {
  if (value === '') return "The value shouldn't be empty";
  const rule: { delay?: ThrottlePart; reject?: ThrottlePart } = {};
  for (const item of value.split(',')) {
    const fields = item.split('*');
    if (fields.length !== 3) return `The field count of '${item}' separated by '*' must be 3`;
    const [amount = '', kind = '', pause = ''] = fields;
    const units = parseUnits(amount);
    if (typeof units === 'string') return units;
    if (kind !== 'delay' && kind !== 'reject') return `'${kind}' should be 'delay' or 'reject'`;
    const ms = parseUnsigned(pause);
    if (typeof ms === 'string') return ms;
    if (rule[kind]) return `duplicate '${kind}' config`;
    rule[kind] = { units: Number(units), ms: Number(ms) };
  }
  return rule;
}

function parseUnits(text: string): bigint | string {
  const factor = UNITS[text.slice(-1)];
  const number = parseUnsigned(factor ? text.slice(0, -1) : text);
  if (typeof number === 'string') return factor ? number.replace(/^'.*'/s, `'${text}'`) : number;
  const units = number * (factor ?? 1n);
  return units > UINT64_MAX ? `'${text}' result is overflow` : units;
}

function parseUnsigned(text: string): bigint | string {
  const number = /^-/.test(text) ? undefined : parseInteger(text);
  if (number === undefined || number > UINT64_MAX) return `'${text}' should be an unsigned integer`;
  return number;
}
