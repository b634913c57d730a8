// Puts a file among the person's downloads, where there is a browser to do it: the window's web view saves nothing by
// itself, so there the same is copied instead.
import { isTauri } from '@tauri-apps/api/core';

/** Whether files can be saved from here. */
export const canSave = !isTauri();

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
