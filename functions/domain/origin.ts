const LABEL = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
/** With a digit at its front it would be an address. */
const LAST_LABEL = '[a-z_]([a-z0-9_-]{0,61}[a-z0-9_])?';
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const HOST = `((${LABEL}\\.)*${LAST_LABEL}|(${BYTE}\\.){3}${BYTE}|\\[::1\\])`;
const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/** The form of an origin as browsers send it: scheme, host and port, nothing behind them, and no port that goes without saying. */
export const ORIGIN_FORM = new RegExp(`^(?!http:.*:80$|https:.*:443$)https?://${HOST}(:${PORT})?$`);

/** @returns whether the text is an origin as browsers send it. Names alone: a URL may have `*` in its host, and would match nothing */
export const isOrigin = (text: string): boolean =>
  ORIGIN_FORM.test(text) && URL.canParse(text) && new URL(text).origin === text;
