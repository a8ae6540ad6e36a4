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
  /**
   * Shown at once: before synchronous work of more than a second, in which no timer fires. Between its steps `update`
   * shows how far it is.
   */
  busy(text: string): void;
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
  if (!stderr.isTTY) return { update() {}, busy() {}, end() {} };
  const draw = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const passed = seconds < 1 ? '' : ` ${seconds} s`;
    shown = true;
    stderr.write(`\r\u001b[K${paint('dim', `${current} …${passed}`, stderr)}`);
  };
  const drawAfterASecond = () => {
    if (Date.now() - started >= 1000) draw();
  };
  const timer = setInterval(drawAfterASecond, 500);
  timer.unref();
  return {
    update(next) {
      if (next === current) return;
      current = next;
      drawAfterASecond();
    },
    busy(next) {
      current = next;
      draw();
    },
    end() {
      clearInterval(timer);
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
