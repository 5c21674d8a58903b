import type { AnyNode, Node } from 'acorn';

export function isImportMeta(node: AnyNode): boolean {
  return node.type === 'MetaProperty' && node.meta.name === 'import';
}

/** As long as the word it stands for, so that offsets stay. */
export const META_MARK = '\u0000meta\u0000    ';

/** The source with the mark in place of each `import.meta`, which an evaluated text must not have. */
export function withoutMeta(source: string, metas: readonly Node[]): string {
  let text = source;
  for (const node of [...metas].reverse()) {
    text = text.slice(0, node.start) + META_MARK.padEnd(node.end - node.start) + text.slice(node.end);
  }
  return text;
}

/** What a module may ask of it: its url, filename and dirname. */
export function metaText({ url, path }: { readonly url: string; readonly path: string }): string {
  const dirname = path.replace(/\/[^/]*$/s, '') || '/';
  return `{__proto__:null,url:${JSON.stringify(url)},filename:${JSON.stringify(path)},dirname:${JSON.stringify(dirname)}}`;
}
