// Ports in the hub's sentences. Pure.

/** The port that a refusal offers instead of `taken`: the last other port number in its sentence; else the next one. */
export function offeredPort(message: string, taken: number): number {
  const numbers = [...message.matchAll(/\b\d{2,5}\b/g)].map((match) => Number(match[0]));
  const offered = numbers.filter((port) => port !== taken && port >= 1024 && port <= 65_535).at(-1);
  return offered ?? (taken >= 65_535 ? 8000 : taken + 1);
}
