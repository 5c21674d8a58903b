export let rate = 2;
export function setRate(value) {
  rate = value;
}
export const value = 40;

function below(n) {
  return n + value;
}
export function imported(n) {
  return below(n);
}
