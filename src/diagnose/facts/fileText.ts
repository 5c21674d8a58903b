import { isSecretName, REDACTED, redactText } from '../../base/index.js';

/** `NAME=value`, `name: value`, `"name": "value",`, also with `export` or `- ` before it. */
const ASSIGNED = /^(\s*(?:export\s+|-\s+)?["']?([A-Za-z_][\w.-]{0,99})["']?\s*[:=]\s*)(\S.*)$/;
const NOTHING = /^(?:["']{2}|true|false|null|none|~|[[{(|>])?[,;]?\s*(?:[[{(]\s*)?$/i;
/** In one line of JSON or of code: `"password":"x"`, `token='x'`. */
const INLINE = /(["']?([A-Za-z_][\w.-]{0,99})["']?\s*[:=]\s*)(["'])((?:(?!\3)[^\\\n]|\\.){1,2000})\3/g;

/**
 * The text of a file of a target with what looks secret masked: values of secret-looking names in the shapes of `.env`,
 * YAML, JSON, properties and code, and what `redactText` knows. A guess, as every masking of free text.
 */
export function redactFileText(text: string): string {
  return redactText(text)
    .split('\n')
    .map((line) => {
      const [, head = '', name = '', value = ''] = ASSIGNED.exec(line) ?? [];
      if (name !== '' && isSecretName(name) && !NOTHING.test(value)) {
        return `${head}${REDACTED}${value.endsWith(',') ? ',' : ''}`;
      }
      return line.replace(INLINE, (whole, start: string, inner: string, quote: string) =>
        isSecretName(inner) ? `${start}${quote}${REDACTED}${quote}` : whole,
      );
    })
    .join('\n');
}
