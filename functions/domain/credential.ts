import { isWellFormedKey, type KeyPrefix } from './api-key.ts';

/** All values of each request header, as API Gateway's `multiValueHeaders`: names in the client's case. */
export type HeaderValues = Readonly<Record<string, readonly string[] | undefined>> | null | undefined;

/** What the headers of one request present as a key, before anything is looked up. */
export type PresentedKey =
  | { readonly kind: 'none' }
  | { readonly kind: 'conflicting' }
  | { readonly kind: 'malformed'; readonly value: string }
  | { readonly kind: 'key'; readonly key: string };

/**
 * Reads the project key that a request presents: `x-api-key`, or `Authorization` with the Bearer scheme, names and
 * scheme in any case (wire contract, "Data plane"). The query string is never read.
 * - an empty value counts as none; the same key twice is one key, two different ones are conflicting
 * - a Bearer value that does not start with `ak_` is somebody else's token: ignored beside a key, malformed alone
 * - any other scheme is no key at all
 */
export function presentedProjectKey(headers: HeaderValues): PresentedKey {
  const bearers = headerValues(headers, 'authorization').flatMap(bearerValue);
  const keys = new Set([
    ...headerValues(headers, 'x-api-key'),
    ...bearers.filter((value) => value.startsWith('ak_')),
  ]);
  return onlyKey('ak_', keys.size > 0 ? keys : new Set(bearers.slice(0, 1)));
}

/** Reads the organization key that a request presents in `x-org-api-key`, by the same rules. */
export function presentedOrganizationKey(headers: HeaderValues): PresentedKey {
  return onlyKey('oak_', new Set(headerValues(headers, 'x-org-api-key')));
}

/**
 * @param name lower case
 * @returns every non-empty value of that header, in the order they came, without the spaces and tabs around it (RFC 9110, 5.5)
 */
export function headerValues(headers: HeaderValues, name: string): string[] {
  return Object.entries(headers ?? {})
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, values]) => values ?? [])
    .map((value) => value.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, ''))
    .filter((value) => value !== '');
}

function bearerValue(authorization: string): string[] {
  const value = /^bearer[ \t]+(?![ \t])(.+)$/is.exec(authorization)?.[1];
  return value === undefined ? [] : [value];
}

function onlyKey(prefix: KeyPrefix, values: ReadonlySet<string>): PresentedKey {
  const [value, second] = values;
  if (value === undefined) return { kind: 'none' };
  if (second !== undefined) return { kind: 'conflicting' };
  return isWellFormedKey(prefix, value) ? { kind: 'key', key: value } : { kind: 'malformed', value };
}
