/** Everything below blank but tab and newline, DEL, C1, and the marks that turn the direction of text. */
const UNSAFE = /\x1b\[[\d;]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes control characters visible, so that a process name or a captured value cannot drive the reader's terminal.
 * Colour sequences stay: the renderer puts them there, and the worst that a foreign one does is colour.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (found) => {
    if (found.length > 1) return found;
    const code = found.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}
