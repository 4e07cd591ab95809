import type { Headers } from './headers.ts';

/**
 * The headers of a page of the gateway's own. The MCP servers behind it answer at the same origin, so that `'self'` would let
 * what they answer run: scripts, styles and calls are held to paths of ours.
 * @param base the gateway's address, without a slash at its end
 * @param folder where the page's files are, below the address: `docs`
 */
export const pageHeaders = (base: string, folder: string): Headers => ({
  ...FILE_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${base}/${folder}/`,
    `style-src ${base}/${folder}/`,
    `img-src ${base}/${folder}/ data:`,
    `font-src ${base}/${folder}/`,
    `connect-src ${base}/api/ ${base}/openapi.json ${base}/health`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
});

/** Those of a page, and of each file of it. */
export const FILE_HEADERS: Headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
};

/** A text as the value of an attribute in double quotes. */
export const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
