/** The texts of /pprof/symbol (wire/pegasus-http.md 5.4, 6.4). */

/** The addresses of a request's body: hexadecimal, joined by `+`; what cannot be read is 0. An empty body has none. */
export function parseSymbolRequest(body: string): bigint[] {
  const text = body.replace(/^['"]/, '');
  return text === '' ? [] : text.split('+').map(parseAddress);
}

function parseAddress(text: string): bigint {
  const [, digits = ''] = /^\s*(?:0x)?([0-9a-f]*)/i.exec(text) ?? [];
  if (digits === '' || digits.replace(/^0+/, '').length > 16) return 0n;
  return BigInt(`0x${digits}`);
}

/** `0x0012abcd`: at least eight digits. */
export function formatAddress(address: bigint): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}

/** One line for each address, in the order asked; an address without a name has itself for one. */
export function formatSymbols(
  addresses: readonly bigint[],
  nameOf: (address: bigint) => string | undefined,
): string {
  return addresses
    .map((address) => {
      const shown = formatAddress(address);
      return `${shown}\t${nameOf(address) ?? shown}\n`;
    })
    .join('');
}

export function formatSymbolCount(count: number): string {
  return `num_symbols: ${count}\n`;
}
