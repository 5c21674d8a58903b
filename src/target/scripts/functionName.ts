/** One way to name a function (issue 4, "Naming"): what a name is made of, and which names fit what was typed. */
import { literalOf, matcher } from './pattern.js';

export interface NameParts {
  /** `Cart` of `Cart.total`, `handlers` of `handlers.list`, '' of `checkout`. */
  readonly owner: string;
  /** `total`, `#save`, `list`, `checkout`, `[Symbol.iterator]`, `<anonymous>@cart.ts:12`. */
  readonly member: string;
}

export function namePartsOf(name: string): NameParts {
  if (name.startsWith('<anonymous>')) return { owner: '', member: name };
  const [, owner = '', mark, member] = /^(.+?)([.#])(\[.*\]|[^.#]*)$/s.exec(name) ?? [];
  if (mark === undefined || member === undefined) return { owner: '', member: name };
  return { owner, member: mark === '#' ? `#${member}` : member };
}

/** What a function answers to when its class is not named elsewhere: `Cart#save`, `Cart.#save` and `Cart.save` are one. */
export function wholeNames(name: string): string[] {
  const { owner, member } = namePartsOf(name);
  return member.startsWith('#') ? [name, `${owner}.${member}`, `${owner}.${member.slice(1)}`] : [name];
}

/** What it answers to where its class or object is known: `total`; `#save` and `save`. */
export function memberNames(name: string): string[] {
  const { member } = namePartsOf(name);
  return member.startsWith('#') ? [member, member.slice(1)] : [member];
}

/**
 * Which of `names` fit; `hasOwner` says that the class is named elsewhere, so that members go by their own name alone.
 * Without, they do only where nothing fits as a whole: `watch cart.ts total` means `Cart.total` if there is no `total`.
 * @throws RemoraError `bad-pattern`, `slow-pattern`
 */
export function fittingNames(
  pattern: string,
  regex: boolean,
  names: readonly string[],
  hasOwner: boolean,
): boolean[] {
  const fits = matcher(pattern, regex);
  const whole = fits(
    names.map((name) => (hasOwner ? [...wholeNames(name), ...memberNames(name)] : wholeNames(name))),
  );
  if (hasOwner || whole.some(Boolean)) return whole;
  return fits(names.map(memberNames));
}

/**
 * A piece of text that stands in every script that holds such a function, '' when there is none: what was composed
 * (`Cart.total`), made up (`<anonymous>`) or left out (`constructor`) stands nowhere.
 */
export function literalOfName(pattern: string, regex: boolean): string {
  if (regex || pattern.includes('<')) return '';
  const literal = literalOf(pattern.split(/[.#]/).at(-1) ?? '', false);
  return 'constructor'.includes(literal) || literal === 'default' ? '' : literal;
}
