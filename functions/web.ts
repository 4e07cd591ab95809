import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { headerValues } from './domain/credential.ts';
import { throttleFromEnvironment } from './environment.ts';
import { readAssets } from './http/assets.ts';
import { baseUrl } from './http/base-url.ts';
import { dashboardPage } from './http/dashboard-page.ts';
import { acceptedEncoding, type Encoding } from './http/encoding.ts';
import { CORS_HEADERS, type Headers, openAnswerHeaders } from './http/headers.ts';
import { FILE_HEADERS, pageHeaders } from './http/page-headers.ts';
import { referencePage } from './http/reference-page.ts';

const limits = throttleFromEnvironment();
/** They lie beside the module that this one is bundled into. */
const assets = readAssets(new URL('./', import.meta.url));

/**
 * What everybody may read: the API document, the page that renders it, and the dashboard, which holds nothing until somebody
 * signs in. It has no right on any resource.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { httpMethod, resource, pathParameters, requestContext } = event;
  if (httpMethod !== 'GET' && httpMethod !== 'HEAD') {
    return refusal(event, 405, { error: 'Method not allowed' }, { allow: 'GET, HEAD, OPTIONS' });
  }
  if (resource === '/openapi.json') return documentAnswer(event);
  if (resource === '/docs') {
    const base = baseUrl(event);
    return answer(event, 200, pageHeaders(base, 'docs'), referencePage(base, assets.nameOf));
  }
  const path = pathParameters?.proxy ?? '';
  if (resource.startsWith('/docs/')) return fileAnswer(event, path);
  const [, file] = /^assets\/(.*)$/.exec(path) ?? [];
  if (file !== undefined) return fileAnswer(event, file);
  if (!PAGE_PATH.test(requestContext.path)) return refusal(event, 404, { error: 'Not found' });
  const base = baseUrl(event);
  return answer(event, 200, pageHeaders(base, 'dashboard/assets'), dashboardPage(base, assets.dashboard));
}

/**
 * Which page of the dashboard a path means is known to its script alone. Where something is encoded, it is not certain how many
 * segments a path has, and so what the gateway's address is.
 */
const PAGE_PATH = /^[\w.~/-]*$/;

/** The document of one address of the gateway, ready to be sent. */
interface Rendered {
  readonly url: string;
  readonly etag: string;
  readonly bytes: Readonly<Record<Encoding | 'identity', Buffer>>;
}

/** What was sent last: a gateway has an address or two. */
let last: Rendered | undefined;

async function documentAnswer(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const url = baseUrl(event);
  if (last?.url !== url) last = await rendered(url);
  const { etag, bytes } = last;
  const encoding = acceptedEncoding(event.multiValueHeaders);
  const headers = {
    ...FILE_HEADERS,
    ...CORS_HEADERS,
    'cross-origin-resource-policy': 'cross-origin',
    'content-type': 'application/json',
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
    etag,
  };
  const known = headerValues(event.multiValueHeaders, 'if-none-match').flatMap((tags) =>
    tags.split(',').map((tag) => tag.trim()),
  );
  // A cache on the way may have made the tag a weak one.
  if (known.some((tag) => tag.replace(/^W\//, '') === etag)) return answer(event, 304, headers, '');
  return answer(event, 200, { ...headers, ...encodedBy(encoding) }, bytes[encoding ?? 'identity']);
}

async function rendered(url: string): Promise<Rendered> {
  // Pages and files do not wait for all schemas of the API.
  const { openApiDocument } = await import('./http/openapi.ts');
  const identity = Buffer.from(JSON.stringify(openApiDocument({ url, limits })));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  return {
    url,
    etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
    bytes: { identity, br: brotliCompressSync(identity, { params }), gzip: gzipSync(identity) },
  };
}

function fileAnswer(event: APIGatewayProxyEvent, name: string): APIGatewayProxyResult {
  const file = assets.find(name, acceptedEncoding(event.multiValueHeaders));
  if (file === undefined) return refusal(event, 404, { error: 'Not found' });
  const headers = {
    ...FILE_HEADERS,
    'content-type': file.contentType,
    // Its name tells what is in it.
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    ...encodedBy(file.encoding),
  };
  return answer(event, 200, headers, file.contents);
}

const encodedBy = (encoding: Encoding | undefined): Headers =>
  encoding === undefined ? {} : { 'content-encoding': encoding };

function refusal(
  event: APIGatewayProxyEvent,
  status: 404 | 405,
  body: { readonly error: string },
  more: Headers = {},
): APIGatewayProxyResult {
  const headers = { ...openAnswerHeaders(event.requestContext.requestId), ...more };
  return answer(event, status, headers, JSON.stringify(body));
}

const answer = (
  { httpMethod, requestContext }: APIGatewayProxyEvent,
  statusCode: number,
  headers: Headers,
  body: string | Buffer,
): APIGatewayProxyResult => ({
  statusCode,
  headers: { ...headers, 'x-request-id': requestContext.requestId },
  body: httpMethod === 'HEAD' ? '' : Buffer.from(body).toString('base64'),
  isBase64Encoded: true,
});
