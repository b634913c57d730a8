// Reads the text of server-sent events. Pure: bytes go in as they come, whole payloads come out.

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
