import * as z from 'zod';
import type { Answer, AnswerHead, HeaderList } from './answer.ts';

const headerValue = z.union([z.string(), z.number(), z.boolean()]);

const headSchema = z.strictObject({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), headerValue).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(headerValue)).nullish(),
});
const answerSchema = headSchema.extend({
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
const metadataSchema = headSchema.extend({ cookies: z.array(z.string()).nullish() });

/** API Gateway owns these headers; it renames those of a function. */
const REMAPPED = new Set([
  'connection',
  'content-length',
  'content-md5',
  'date',
  'host',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

function headersOf({ headers, multiValueHeaders }: z.infer<typeof headSchema>): [string, string][] {
  const list: [string, string][] = [];
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const value of values) list.push([name, String(value)]);
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!list.some(([other, same]) => other === name && same === String(value)))
      list.push([name, String(value)]);
  }
  return list.map(([name, value]) => [
    REMAPPED.has(name.toLowerCase()) ? `x-amzn-remapped-${name}` : name,
    value,
  ]);
}

function withDefaultType(headers: HeaderList): HeaderList {
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return hasType ? headers : [['Content-Type', 'application/json'], ...headers];
}

/**
 * @param payload what a function answered, as JSON
 * @param binary whether the API's bodies are bytes; otherwise a base64 body is not decoded
 * @returns the answer, undefined when API Gateway cannot use it
 */
export function parseProxyAnswer(payload: string, binary: boolean): Answer | undefined {
  const parsed = answerSchema.safeParse(parseJson(payload));
  if (!parsed.success) return undefined;
  const { statusCode, body, isBase64Encoded } = parsed.data;
  return {
    status: statusCode,
    headers: withDefaultType(headersOf(parsed.data)),
    body: Buffer.from(body ?? '', isBase64Encoded === true && binary ? 'base64' : 'utf8'),
  };
}

/**
 * @param metadata the JSON in front of a streamed payload
 * @returns status and headers, undefined when API Gateway cannot use them
 */
export function parseStreamMetadata(metadata: string): AnswerHead | undefined {
  const parsed = metadataSchema.safeParse(parseJson(metadata));
  if (!parsed.success) return undefined;
  const cookies = (parsed.data.cookies ?? []).map((cookie) => ['Set-Cookie', cookie] as const);
  return { status: parsed.data.statusCode, headers: [...headersOf(parsed.data), ...cookies] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by the schema.
  }
}
