import type { HeaderValues } from '../domain/credential.ts';
import { headerValues } from '../domain/credential.ts';

/** In the order of our liking: the smaller first. */
const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * @param headers the client's
 * @returns how an answer may be compressed (RFC 9110, section 12.5.3); `undefined`: not at all
 */
export function acceptedEncoding(headers: HeaderValues): Encoding | undefined {
  const accepted = new Map(
    headerValues(headers, 'accept-encoding')
      .flatMap((value) => value.split(','))
      .map((range) => {
        const [name = '', quality = 'q=1'] = range.split(';').map((part) => part.trim().toLowerCase());
        return [name, !/^q=0(\.0*)?$/.test(quality)] as const;
      }),
  );
  return ENCODINGS.find((encoding) => accepted.get(encoding));
}
