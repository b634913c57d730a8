// Puts what the page holds among a browser's downloads. The window's web view saves nothing by itself: there the hub
// does (`events/saves`).
import { isTauri } from '@tauri-apps/api/core';

/** Whether this is the window and no browser. */
export const isWindow = (): boolean => isTauri();

/** Downloads `content` under a name that the person finds again. */
export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Not at once: the browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
