/** What stands in place of a secret. */
export const REDACTED = '***';

const SECRET_WORDS = new Set(
  (
    'password passwords passwd passphrase passphrases passcode pass pwd pw secret secrets token tokens apikey apikeys ' +
    'authorization auth cookie cookies credential credentials cred creds dsn jwt bearer otp totp'
  ).split(' '),
);
const SECRET_PAIRS = new Set(
  (
    'api key|api keys|access key|secret key|private key|private keys|signing key|encryption key|master key|' +
    'account key|shared key|ssh key|deploy key|session id|session key|connection string|webhook url'
  ).split('|'),
);
/** Names run together (`dbpassword`, `x-authtoken`) have no word borders to look at. */
const SECRET_PARTS =
  /passw(?:or)?d|passphrase|secret|credential|apikey|accesskey|privatekey|authorization|cookie|tokens?$/;

/** The same lists as data, for code that runs inside a target and imports nothing. */
export const SECRET_NAMES: {
  readonly words: readonly string[];
  readonly pairs: readonly string[];
  /** Source of a regular expression. */
  readonly parts: string;
} = { words: [...SECRET_WORDS], pairs: [...SECRET_PAIRS], parts: SECRET_PARTS.source };

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

const known = new Map<string, boolean>();
const KNOWN_NAMES = 4096;

/** Does a member, variable, header or option of this name hold a secret? Camel case, snake case and dashes are alike. */
export function isSecretName(name: string): boolean {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  const parts = words(name);
  const secret = parts.some(
    (word, index) =>
      SECRET_WORDS.has(word) ||
      SECRET_PARTS.test(word) ||
      SECRET_PAIRS.has(`${word} ${parts[index + 1] ?? ''}`),
  );
  if (known.size >= KNOWN_NAMES) known.clear();
  // Names come from targets: only short ones are worth remembering.
  if (name.length <= 100) known.set(name, secret);
  return secret;
}

const USERINFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/?#@:"']{0,256}):([^\s/?#@"']{1,256})@/gi;
const SCHEME_VALUE = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const PEM_KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?(?:-----END \1PRIVATE KEY-----|$)/g;
const QUERY_SECRET = /([?&;]([A-Za-z0-9_.-]{1,64})=)([^&;\s"'#]+)/g;

/** Masks what is secret by its own shape: passwords in URLs and queries, bearer and basic credentials, private keys. */
export function redactText(text: string): string {
  return text
    .replace(USERINFO, (_, scheme: string, user: string) => `${scheme}${user}:${REDACTED}@`)
    .replace(SCHEME_VALUE, (_, scheme: string) => `${scheme} ${REDACTED}`)
    .replace(PEM_KEY, (_, kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----${REDACTED}`)
    .replace(QUERY_SECRET, (whole, head: string, name: string) =>
      isSecretName(name) ? `${head}${REDACTED}` : whole,
    );
}

const DEPTH = 12;

/**
 * A copy of plain data with every secret masked: by the member's name, or by the shape of a text. `true`, `false`, null,
 * undefined and the empty text stay, since they give nothing away. Class instances are returned as they are.
 */
export function redactValue(value: unknown, name = '', depth = 0): unknown {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return value;
  if (name !== '' && isSecretName(name)) return REDACTED;
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object') return value;
  if (depth >= DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, '', depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) copy[key] = redactValue(member, key, depth + 1);
  return copy;
}

/** Masks secrets of a command line: `--password=x`, `--password x`, `TOKEN=x` and what `redactText` knows. */
export function redactArgv(argv: readonly string[]): string[] {
  let secretNext = false;
  return argv.map((argument) => {
    const hide = secretNext && !argument.startsWith('-');
    secretNext = false;
    if (hide) return REDACTED;
    const [, head, name] = /^(-{0,2}([A-Za-z0-9_.-]{1,64})=)/.exec(argument) ?? [];
    if (head && name && isSecretName(name)) return `${head}${REDACTED}`;
    secretNext = /^--?[A-Za-z]/.test(argument) && isSecretName(argument);
    return redactText(argument);
  });
}
