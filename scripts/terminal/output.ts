import { styleText } from 'node:util';

/** A reader that went away (`swarmd list | head`) is no error. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** What is not the command's result: notices, progress, errors. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns of the screen; in a pipe nothing is cut. */
export function screenWidth(): number {
  return process.stdout.isTTY ? (process.stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
}

type Style = Parameters<typeof styleText>[0];

/** Coloured on a terminal that wants it: never in a pipe, never with NO_COLOR (no-color.org). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  if (!stream.isTTY || process.env.NO_COLOR || process.env.TERM === 'dumb') return text;
  return styleText(style, text, { validateStream: false });
}

export interface Progress {
  update(text: string): void;
  end(): void;
}

/**
 * One line on stderr that says what is going on, from a second on: shorter work needs none. Silent where
 * stderr is no terminal.
 */
export function startProgress(text: string): Progress {
  let current = text;
  const started = Date.now();
  let shown = false;
  const { stderr } = process;
  if (!stderr.isTTY) return { update() {}, end() {} };
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    if (seconds < 1) return;
    shown = true;
    stderr.write(`\r\u001b[K${paint('dim', `${current} … ${seconds} s`, stderr)}`);
  }, 500);
  timer.unref();
  return {
    update(next) {
      current = next;
    },
    end() {
      clearInterval(timer);
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
