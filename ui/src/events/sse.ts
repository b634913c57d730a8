// Reads server-sent events: bytes go in as they come, whole payloads come out.

/** Cuts a stream of text into the `data` payloads of its events; comments and other fields are dropped. */
export class SseReader {
  #rest = '';

  /** Takes the next piece and returns the payloads that it completes. */
  push(piece: string): string[] {
    const text = this.#rest + piece;
    // A carriage return at the very end may be the first half of a line break.
    const held = text.endsWith('\r') ? '\r' : '';
    const blocks = text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n').split('\n\n');
    this.#rest = (blocks.pop() ?? '') + held;
    return blocks.map(payloadOf).filter((payload) => payload !== '');
  }
}

function payloadOf(block: string): string {
  return block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).replace(/^ /, ''))
    .join('\n');
}

/** The payloads of a stream of server-sent events, read as JSON, until it ends. */
export async function* readSse<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const sse = new SseReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    for (const payload of sse.push(decoder.decode(value, { stream: true }))) yield JSON.parse(payload) as T;
  }
}
