/** One message of a stream of server-sent events. */
export interface ServerSentEvent {
  id: string | undefined;
  event: string;
  data: string;
}

/** Reads a response as server-sent events (the WHATWG format; comments are skipped) until it ends. */
export async function* readServerSentEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  if (response.body === null) return;
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = readBlock(block);
      if (message !== undefined) yield message;
    }
  }
}

function readBlock(block: string): ServerSentEvent | undefined {
  let id: string | undefined;
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (name === 'id') id = value;
    if (name === 'event' && value !== undefined) event = value;
    if (name === 'data' && value !== undefined) data.push(value);
  }
  return data.length === 0 ? undefined : { id, event, data: data.join('\n') };
}
