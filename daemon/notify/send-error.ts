/** A message did not arrive. `message` names no path, no key and nothing that was said. */
export class SendError extends Error {
  override readonly name = 'SendError';
  /** Trying again cannot help. */
  readonly final: boolean;

  constructor(message: string, options: { final?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.final = options.final ?? false;
  }
}
