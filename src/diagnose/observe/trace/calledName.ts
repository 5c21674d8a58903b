/** What a call is called, from what is written there. */

const WORD = '#?[\\p{ID_Start}$_][\\p{ID_Continue}$\\u200c\\u200d]*';
/** `db.query`, `this.#pricing.quote`, `app?.get`, `rows[0].read`, `list!.map<string>`, as far as words go. */
const CHAIN = new RegExp(
  `^(?:(?:await|yield|return|void|new)\\s+)*(${WORD}(?:\\s*(?:!?\\??\\.)\\s*${WORD}|!?\\[[^\\[\\]()]{1,40}\\])*)(?=\\s*(?:!|\\?\\.)?\\s*[(<\`])`,
  'u',
);
/** `new Foo;`, `new Foo,` */
const NEW = new RegExp(`^new\\s+(${WORD}(?:\\.${WORD})*)`, 'u');
/** `this.#pricing.`, `db?.`: what a member is read from, at the end of what stands before it. */
const OWNER = new RegExp(`(${WORD}(?:!?\\??\\.${WORD})*)!?\\??\\.$`, 'u');
const LONGEST = 80;
const MOST_READ = 200;

export interface CalledName {
  /** `db` of `db.query`, '' of `query`. */
  readonly owner: string;
  readonly name: string;
}

/** Of source text that begins with the call, or with the member that is called; undefined where no name stands there. */
export function calledIn(text: string, before = ''): string | undefined {
  const here = text.slice(0, MOST_READ);
  const found = CHAIN.exec(here)?.[1] ?? NEW.exec(here)?.[1];
  if (found === undefined) return undefined;
  const owner = OWNER.exec(before.slice(-MOST_READ))?.[1];
  const whole = owner === undefined ? found : `${owner}.${found}`;
  return whole.replace(/\s+|!/g, '').replaceAll('?.', '.').slice(0, LONGEST);
}

/** What an `await` in source text waits for, in one line. */
export function awaitedIn(text: string): string | undefined {
  const rest = /^(?:return\s+)?await\s+(.*)$/s.exec(text)?.[1];
  return rest?.replace(/[;,]?\s*$/, '').slice(0, LONGEST) || undefined;
}

/** `db.query` as owner and name. */
export function splitName(text: string): CalledName {
  const plain = text.replaceAll('?.', '.');
  const at = plain.lastIndexOf('.');
  if (at <= 0 || /[()]/.test(plain.slice(at))) return { owner: '', name: plain };
  return { owner: plain.slice(0, at), name: plain.slice(at + 1) };
}
