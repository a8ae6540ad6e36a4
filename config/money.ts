/**
 * Money is an integer number of nano-dollars (10^-9 USD) everywhere inside swarmd: a JavaScript number holds
 * nine million dollars of them exactly. Dollars exist only at the door (`*_usd` fields) and on screens.
 */
export type NanoUsd = number;

const nanoPerUsd = 1_000_000_000;

export function fromUsd(usd: number): NanoUsd {
  return Math.round(usd * nanoPerUsd);
}

export function toUsd(nano: NanoUsd): number {
  return nano / nanoPerUsd;
}

/** `$0.12`; at least three significant digits when smaller than ten cents (`$0.00312`); `$0.00` for nothing. */
export function formatUsd(nano: NanoUsd): string {
  const usd = nano / nanoPerUsd;
  const size = Math.abs(usd);
  if (size === 0 || size >= 0.1) return `$${usd.toFixed(2)}`;
  const decimals = Math.min(9, 2 - Math.floor(Math.log10(size)));
  return `$${usd.toFixed(decimals)}`;
}
