// Ports. Pure.

/** The port to offer instead of `taken`: what the hub found to be free, else the next one. */
export function offeredPort(free: number | null, taken: number): number {
  return free ?? (taken >= 65_535 ? 8000 : taken + 1);
}
