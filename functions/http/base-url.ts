import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * The address that the client reached us by, without a slash at its end: the stage's, a custom domain's, or the local
 * one. It is made of what API Gateway says, never of the client's own `Host`: of the request's path, what stands before
 * the resource's.
 */
export function baseUrl({ requestContext, resource, pathParameters, headers }: APIGatewayProxyEvent): string {
  const segments = withoutSlash(requestContext.path).split('/');
  const own = withoutSlash(resource.replace('{proxy+}', pathParameters?.proxy ?? ''));
  const prefix = segments.slice(0, segments.length - (own.split('/').length - 1)).join('/');
  const protocol = headers['X-Forwarded-Proto'] ?? headers['x-forwarded-proto'] ?? 'https';
  return `${protocol}://${requestContext.domainName}${prefix}`;
}

function withoutSlash(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}
