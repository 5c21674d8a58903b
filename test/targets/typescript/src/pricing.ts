export interface Item {
  readonly sku: string;
  readonly quantity: number;
  readonly cents: number;
}

export enum Tier {
  Standard,
  Gold = 10,
}

const rates: Record<string, number> = { DE: 0.19, FR: 0.2 };

function rateOf(country: string): number {
  const rate = rates[country];
  if (rate === undefined) throw new TaxError(country);
  return rate;
}

export class TaxError extends Error {
  constructor(readonly country: string) {
    super(`no tax rate for ${country}`);
    this.name = 'TaxError';
  }
}

export function subtotal(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.quantity * item.cents, 0);
}

export const withTax = (cents: number, country: string): number => Math.round(cents * (1 + rateOf(country)));

export function discount(cents: number, tier: Tier): number {
  switch (tier) {
    case Tier.Gold:
      return Math.round(cents * 0.9);
    default:
      return cents;
  }
}
