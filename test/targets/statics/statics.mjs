// An ES module whose variables only its functions see.
let counter = 41;
const settings = { limits: { items: 7 } };
class Vault {
  static TAX = 19;
  static #total = 7;
  static rule() {
    return Vault.#total + counter;
  }
}
export const rates = [1, 2, 3];
process.stdin.on('data', () => {
  counter += 1;
  process.stdout.write(`${counter} ${settings.limits.items} ${Vault.rule()}\n`);
});
process.stdout.write('ready\n');
