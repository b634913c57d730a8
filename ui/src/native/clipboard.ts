// Copies text. Web views differ in what they allow, so there are two ways; the second needs no permission.

/** Puts `text` on the clipboard; false where neither way works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'off-screen';
  // Inside an open dialog everything outside of it is inert, so the field must stand within.
  const dialogs = document.querySelectorAll('dialog[open]');
  const host = dialogs[dialogs.length - 1] ?? document.body;
  const focused = document.activeElement;
  host.append(field);
  field.select();
  try {
    // Deprecated, and the only way left where the clipboard interface is refused.
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
