import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ASSET_MANIFEST, type AssetManifest } from './domain/web-assets.ts';
import { throttleFromEnvironment } from './environment.ts';
import { baseUrl } from './http/base-url.ts';
import { acceptedEncoding, type Encoding } from './http/encoding.ts';
import { CORS_HEADERS, gatewayAnswerHeaders, type Headers } from './http/headers.ts';
import { openApiDocument } from './http/openapi.ts';
import { attribute, FILE_HEADERS, pageHeaders } from './http/page-headers.ts';

const limits = throttleFromEnvironment();

/** What everybody may read: the API document, and the page that renders it. It has no right on anything. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { httpMethod, resource, pathParameters } = event;
  if (httpMethod !== 'GET' && httpMethod !== 'HEAD')
    return refusal(event, 405, { allow: 'GET, HEAD, OPTIONS' });
  if (resource === '/openapi.json') return documentAnswer(event);
  if (resource === '/docs')
    return answer(event, 200, pageHeaders(baseUrl(event), 'docs'), referencePage(event));
  return fileAnswer(event, pathParameters?.proxy ?? '') ?? refusal(event, 404);
}

/** The document as it was last asked for: a gateway has one address, or two. */
let kept:
  | {
      readonly url: string;
      readonly bytes: Readonly<Record<Encoding | 'identity', Buffer>>;
      readonly etag: string;
    }
  | undefined;

function documentAnswer(event: APIGatewayProxyEvent): APIGatewayProxyResult {
  const url = baseUrl(event);
  if (kept?.url !== url) {
    const identity = Buffer.from(JSON.stringify(openApiDocument({ url, limits })));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
    const bytes = { identity, br: brotliCompressSync(identity, { params }), gzip: gzipSync(identity) };
    kept = {
      url,
      bytes,
      etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
    };
  }
  const encoding = acceptedEncoding(event.multiValueHeaders);
  const headers = {
    ...FILE_HEADERS,
    ...CORS_HEADERS,
    'cross-origin-resource-policy': 'cross-origin',
    'content-type': 'application/json',
    'cache-control': 'no-cache',
    etag: kept.etag,
    vary: 'accept-encoding',
  };
  const known = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'if-none-match');
  if (known?.[1] === kept.etag) return answer(event, 304, headers, '');
  return answer(
    event,
    200,
    { ...headers, ...(encoding !== undefined && { 'content-encoding': encoding }) },
    kept.bytes[encoding ?? 'identity'],
  );
}

const FOLDER = new URL('./', import.meta.url);

/** The files beside the bundle. What the manifest does not name is none of them. */
let manifest: AssetManifest | undefined;
function readManifest(): AssetManifest {
  const file = new URL(ASSET_MANIFEST, FOLDER);
  manifest ??= existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as AssetManifest) : {};
  return manifest;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const EXTENSIONS = { br: '.br', gzip: '.gz' } as const;

function fileAnswer(event: APIGatewayProxyEvent, name: string): APIGatewayProxyResult | undefined {
  if (!Object.values(readManifest()).includes(name)) return undefined;
  const encoding = acceptedEncoding(event.multiValueHeaders);
  const file = name + (encoding === undefined ? '' : EXTENSIONS[encoding]);
  return answer(
    event,
    200,
    {
      ...FILE_HEADERS,
      'content-type': CONTENT_TYPES[name.replace(/^.*\./, '')] ?? 'application/octet-stream',
      // It is named by what is in it.
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
    readFileSync(new URL(file, FOLDER)),
  );
}

function referencePage(event: APIGatewayProxyEvent): string {
  const base = attribute(baseUrl(event));
  const file = (name: string) => `${base}/docs/${attribute(readManifest()[name] ?? name)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portcullis API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${file('swagger-ui.css')}">
</head>
<body>
<noscript>The reference needs scripts. The document itself is at <a href="${base}/openapi.json">openapi.json</a>.</noscript>
<main id="reference" data-document="${base}/openapi.json"></main>
<script src="${file('swagger-ui-bundle.js')}"></script>
<script src="${file('reference.js')}"></script>
</body>
</html>
`;
}

const refusal = (
  event: APIGatewayProxyEvent,
  status: 404 | 405,
  headers: Headers = {},
): APIGatewayProxyResult =>
  answer(
    event,
    status,
    {
      ...gatewayAnswerHeaders(event.requestContext.requestId),
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...headers,
    },
    JSON.stringify({ error: status === 404 ? 'Not found' : 'Method not allowed' }),
  );

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
