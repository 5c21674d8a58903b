import { setTimeout as sleep } from 'node:timers/promises';
import type { Cart } from './cart.js';
import type { Catalogue } from './catalogue.js';

export interface Quote {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
}

interface Campaign {
  readonly code: string;
  readonly percent: number;
}

export class CouponError extends Error {
  constructor(code: string) {
    super(`coupon ${code} is not valid`);
    this.name = 'CouponError';
  }
}

const taxRates: Record<string, number> = { DE: 0.19, FR: 0.2, NL: 0.21 };
const current = new Map<string, Campaign>(
  ['HELLO5', 'HARBOUR10', 'CREW15'].map((code) => [code, { code, percent: Number(/\d+$/.exec(code)?.[0]) }]),
);
const ARCHIVE_PAGES = 12;
const ARCHIVE_PAGE_MS = 60;

/** What a cart costs. */
export class Pricing {
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  async quote(cart: Cart, country: string): Promise<Quote> {
    const subtotal = this.#subtotal(cart);
    const percent = cart.coupon === undefined ? 0 : await validateCoupon(cart.coupon);
    const discount = Math.round((subtotal * percent) / 100);
    const shipping = await shippingCost(country, subtotal - discount);
    const tax = taxOf(subtotal - discount + shipping, country);
    return { subtotal, discount, shipping, tax, total: subtotal - discount + shipping + tax };
  }

  #subtotal(cart: Cart): number {
    let cents = 0;
    for (const { sku, quantity } of cart.lines) cents += quantity * (this.#catalogue.find(sku)?.cents ?? 0);
    return cents;
  }
}

async function validateCoupon(code: string): Promise<number> {
  const campaign = await lookUpCampaign(code.toUpperCase());
  if (!campaign) throw new CouponError(code);
  return campaign.percent;
}

async function lookUpCampaign(code: string): Promise<Campaign | undefined> {
  const known = current.get(code);
  if (known) return known;
  return searchArchive(code);
}

/** Planted fault: last year's coupons are looked for page by page, one after the other, and never remembered. */
async function searchArchive(code: string): Promise<Campaign | undefined> {
  for (let page = 1; page <= ARCHIVE_PAGES; page += 1) {
    const campaigns = await readArchivePage(page);
    const found = campaigns.find((campaign) => campaign.code === code);
    if (found) return found;
  }
  return undefined;
}

async function readArchivePage(page: number): Promise<Campaign[]> {
  await sleep(ARCHIVE_PAGE_MS);
  return page === ARCHIVE_PAGES ? [{ code: 'WINTER20', percent: 20 }] : [{ code: `OLD${page}`, percent: 5 }];
}

async function shippingCost(country: string, cents: number): Promise<number> {
  await sleep(2);
  if (cents >= 5000) return 0;
  return country === 'DE' ? 490 : 990;
}

const taxOf = (cents: number, country: string): number => Math.round(cents * (taxRates[country] ?? 0));
