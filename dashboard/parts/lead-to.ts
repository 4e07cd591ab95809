/** Brings what has come up into view, and gives it the focus, which nobody loses who is in a field. */
export function leadTo(place: HTMLElement | null): void {
  place?.scrollIntoView({ block: 'center' });
  if (!document.activeElement?.matches('input, textarea')) place?.focus({ preventScroll: true });
}
