/** An element of the page's own; it is there, or the page is broken. */
export function element<K extends HTMLElement = HTMLElement>(id: string): K {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as K;
}

/** Text never becomes markup here: names come from the profiled process. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = '',
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (text !== '') made.textContent = text;
  made.append(...children);
  return made;
}

export function pressed(button: HTMLElement, on: boolean): void {
  button.setAttribute('aria-pressed', String(on));
}
