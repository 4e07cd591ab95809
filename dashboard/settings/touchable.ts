/** A button within a text or a cell, as tall as a finger needs (WCAG 2.2, 2.5.8: 24 pixels). */
export const TOUCHABLE = {
  variant: 'inline-link',
  formAction: 'none',
  style: { root: { paddingBlock: '2px' } },
} as const;
