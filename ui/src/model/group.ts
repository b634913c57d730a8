// Groups: the values that people keep with them. Pure.

/** A property as it stands in a list: text as it is, everything else as JSON. */
export function propertyWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was typed, if it is a JSON object. */
export function readProperties(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
