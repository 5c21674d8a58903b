export let rate = 2;

export function setRate(value: number): void {
  rate = value;
}

export function rounded(cents: number): number {
  return Math.round(cents);
}
