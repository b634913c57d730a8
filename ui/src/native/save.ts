// Puts a file among the person's downloads, as a browser does.

/** Saves `content` under a name that the person finds again. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Not at once: the web view reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
