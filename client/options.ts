export interface PortcullisOptions {
  /** The gateway's address: https, or http on this machine. */
  readonly url: string;
  /** A key of a project, `ak_…`: for everything but projects. */
  readonly apiKey?: string | undefined;
  /** The key of the organization, `oak_…`: for projects. */
  readonly organizationKey?: string | undefined;
  /** Instead of the platform's own. */
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request is sent again at most, 0…5. Default 2. Only what cannot happen twice is; and what was throttled. */
  readonly retries?: number;
  /** How long one attempt may take, to the end of its answer, in milliseconds, 1…900,000. Default 30,000. It is the last one. */
  readonly timeoutMs?: number;
}

const MAX_RETRIES = 5;
const MAX_TIMEOUT_MS = 900_000;

/**
 * @returns the options as they are used: the address without a slash at its end, and defaults
 * @throws TypeError that says which option cannot be used, and never a key
 */
export function checkedOptions({
  retries = 2,
  timeoutMs = 30_000,
  apiKey,
  organizationKey,
  ...given
}: PortcullisOptions) {
  const url = gatewayUrl(given.url);
  checkKey('apiKey', apiKey);
  checkKey('organizationKey', organizationKey);
  if (!Number.isInteger(retries) || retries < 0 || retries > MAX_RETRIES) {
    throw new TypeError(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  if (!(timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new TypeError(`timeoutMs must be from 1 to ${MAX_TIMEOUT_MS}`);
  }
  // Taken when it is called, for who replaces it; and called as a function of nothing, as a browser's own must be.
  const fetch = given.fetch ?? ((...sent: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...sent));
  return { url, retries, timeoutMs, fetch, keys: { apiKey, organizationKey } };
}

/** Whether an address is one of this machine alone. */
export const isThisMachine = ({ hostname }: URL): boolean =>
  ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);

/** A key must not cross a network in clear. */
function gatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && isThisMachine(url);
  if (url === undefined || !(url.protocol === 'https:' || (isLocal && url.protocol === 'http:'))) {
    throw new TypeError('The url of a gateway must be an https URL (http on this machine alone)');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('The url of a gateway must be an address alone: no credentials, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}

/** The platform quotes a header that it cannot send. */
function checkKey(name: 'apiKey' | 'organizationKey', key: string | undefined): void {
  if (key === undefined || /^[!-~]+$/.test(key)) return;
  throw new TypeError(`The ${name} is empty, or has characters that no key has: copy it anew`);
}
