import type { Headers } from './headers.ts';

/** Those of a page, of each file of it, and of the document that it shows. */
export const FILE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
} as const;

/** What the pages do not use. */
const PERMISSIONS_POLICY = ['camera', 'geolocation', 'microphone', 'payment', 'usb']
  .map((feature) => `${feature}=()`)
  .join(', ');

/**
 * The headers of a page of our own. The MCP servers behind the gateway answer at the same origin, so that `'self'` would let
 * run what they answer: scripts and styles are held to the folder of the page, calls to the API.
 * @param base the gateway's address, without a slash at its end
 * @param folder where the page's files are, below the address: `docs`
 */
export const pageHeaders = (base: string, folder: string): Headers => ({
  ...FILE_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': contentSecurityPolicy(base, `${base}/${folder}/`),
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY',
  'permissions-policy': PERMISSIONS_POLICY,
});

const contentSecurityPolicy = (base: string, files: string): string =>
  [
    "default-src 'none'",
    `script-src ${files}`,
    // Else what scripts may be, workers may be too.
    "worker-src 'none'",
    `style-src ${files}`,
    `img-src ${files} data:`,
    `font-src ${files}`,
    `connect-src ${base}/api/ ${base}/openapi.json ${base}/health`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
