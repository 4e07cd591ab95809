import { type HeaderValues, headerValues } from '../domain/credential.ts';

/** The smaller first. */
const ENCODINGS = ['br', 'gzip'] as const;

/** How an answer can be compressed. */
export type Encoding = (typeof ENCODINGS)[number];

/**
 * @param headers the client's
 * @returns how its answer is compressed (RFC 9110, section 12.5.3); undefined: not at all
 */
export function acceptedEncoding(headers: HeaderValues): Encoding | undefined {
  const codings = headerValues(headers, 'accept-encoding')
    .flatMap((value) => value.toLowerCase().split(','))
    .map((coding) => coding.replaceAll(/[ \t]/g, ''))
    .filter((coding) => !/;q=0(\.0*)?$/.test(coding))
    .map((coding) => coding.split(';', 1)[0]);
  return ENCODINGS.find((encoding) => codings.includes(encoding));
}
