import type { Catalogue, Product } from './catalogue.js';

/** Bounds the planted fault: the longest term takes some two seconds to refuse. */
export const LONGEST_TERM = 26;

/**
 * Planted fault: letters can be split between the inner and the outer repetition in exponentially many ways, and all
 * are tried when the last character does not fit, as in `aaaaaaaaaaaaaaaaaaaaaaaa!`.
 */
const wellFormed = /^([\w-]+\s?)+$/;

export class SearchError extends Error {
  constructor(term: string) {
    super(`cannot search for '${term}'`);
    this.name = 'SearchError';
  }
}

export function search(catalogue: Catalogue, term: string): Product[] {
  const words = parseTerm(term);
  return rank(catalogue.list(catalogue.size), words);
}

function parseTerm(term: string): string[] {
  if (!isWellFormed(term)) throw new SearchError(term);
  return term.toLowerCase().split(/\s+/).filter(Boolean);
}

function isWellFormed(term: string): boolean {
  return wellFormed.test(term);
}

function rank(products: readonly Product[], words: readonly string[]): Product[] {
  return products
    .map((product) => ({ product, score: score(product, words) }))
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score || a.product.sku.localeCompare(b.product.sku))
    .slice(0, 10)
    .map((hit) => hit.product);
}

function score(product: Product, words: readonly string[]): number {
  let points = 0;
  for (const word of words) {
    if (product.tags.includes(word)) points += 3;
    if (product.name.toLowerCase().includes(word)) points += 2;
  }
  return points;
}
