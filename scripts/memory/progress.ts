import { printErr } from './output.ts';

/** A command that ends sooner has nothing to tell. */
const everyMs = 1_000;

/** Tells on standard error how far a long command has come, at most once a second. */
export function createProgress(): (soFar: () => string) => void {
  let toldAt = Date.now();
  return (soFar) => {
    if (Date.now() - toldAt < everyMs) return;
    toldAt = Date.now();
    printErr(`mem-db: ${soFar()}`);
  };
}
