export let rate = 2;
export function setRate(value) {
  rate = value;
}
export const value = 40;
