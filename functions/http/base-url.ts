import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * The address that the client reached us by, without a slash at its end: the stage's, a custom domain's, or the local
 * one. It is made of what API Gateway says, never of the client's own `Host`.
 * @param event of a route without path parameters
 */
export function baseUrl({ requestContext, resource, headers }: APIGatewayProxyEvent): string {
  const path = requestContext.path.replace(/\/+$/, '');
  const prefix = path.endsWith(resource) ? path.slice(0, -resource.length) : '';
  const protocol = headers['X-Forwarded-Proto'] ?? headers['x-forwarded-proto'] ?? 'https';
  return `${protocol}://${requestContext.domainName}${prefix}`;
}
