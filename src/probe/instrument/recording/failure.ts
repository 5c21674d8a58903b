const { parse } = JSON;

const LONGEST = 500;

/** Of an error its own name and message are wanted, of anything else its kind. */
export const FAILURE_LIMITS = { depth: 0, items: 0, string: LONGEST, bytes: 4000, time: 10 };

/** What an expression threw, as text, from what the renderer made of it: nothing of the application runs for it. */
export function failureText(rendered: string): string {
  const value = parse(rendered) as unknown;
  if (typeof value !== 'object' || value === null) return cut(`threw ${rendered}`);
  const { '@error': name, '@message': message, '@type': type } = value as Record<string, string | undefined>;
  return cut(name === undefined ? `threw ${type ?? 'an object'}` : `${name}: ${message ?? ''}`);
}

function cut(text: string): string {
  return text.length > LONGEST ? text.slice(0, LONGEST) : text;
}
