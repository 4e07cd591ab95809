import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { API_ROUTES } from '../../functions/domain/api-routes.ts';
import { baseUrl } from '../../functions/http/base-url.ts';
import { proxyEvent } from '../support/fixtures.ts';

interface Reached {
  readonly resource: string;
  /** As API Gateway tells it: with what stands before the resource's path. */
  readonly path: string;
  readonly domainName?: string;
  readonly headers?: Record<string, string>;
}

const API_HOST = 'abcdef1234.execute-api.us-east-1.amazonaws.com';

function reached({ resource, path, domainName = API_HOST, headers }: Reached): APIGatewayProxyEvent {
  const event = proxyEvent('project-config-get');
  return {
    ...event,
    resource,
    path,
    headers: headers ?? event.headers,
    requestContext: { ...event.requestContext, resourcePath: resource, path, domainName },
  };
}

const SERVERS = '/api/v3/mcp/servers';
const SERVER = '/api/v3/mcp/{id}';
const CLIENTS = '/api/v3/mcp/{id}/clients';
const ID = 'srv_0mabcdefgAAAAAAAAAAAAAA';

describe('the address of the gateway', () => {
  it.each<[string, string, Reached]>([
    [
      "the stage's, where the client used that",
      `https://${API_HOST}/prod`,
      { resource: SERVERS, path: `/prod${SERVERS}` },
    ],
    [
      "the stage's, for a route with an id",
      `https://${API_HOST}/prod`,
      { resource: SERVER, path: `/prod/api/v3/mcp/${ID}` },
    ],
    [
      "the stage's, for a route with something behind its id",
      `https://${API_HOST}/prod`,
      { resource: CLIENTS, path: `/prod/api/v3/mcp/${ID}/clients` },
    ],
    [
      'a custom domain',
      'https://mcp.example.com',
      { resource: SERVERS, path: SERVERS, domainName: 'mcp.example.com' },
    ],
    [
      'a custom domain, for a route with an id',
      'https://mcp.example.com',
      { resource: CLIENTS, path: `/api/v3/mcp/${ID}/clients`, domainName: 'mcp.example.com' },
    ],
    [
      'a custom domain with a base path',
      'https://example.com/gateway',
      { resource: SERVERS, path: `/gateway${SERVERS}`, domainName: 'example.com' },
    ],
    [
      'a custom domain with a base path of several segments',
      'https://example.com/team/gateway',
      { resource: SERVER, path: `/team/gateway/api/v3/mcp/${ID}`, domainName: 'example.com' },
    ],
    [
      'a base path that is called as the route is',
      'https://example.com/api/v3',
      { resource: SERVERS, path: `/api/v3${SERVERS}`, domainName: 'example.com' },
    ],
    [
      'the local one, over http and with its port',
      'http://127.0.0.1:4010',
      {
        resource: SERVERS,
        path: SERVERS,
        domainName: '127.0.0.1:4010',
        headers: { 'X-Forwarded-Proto': 'http' },
      },
    ],
    [
      'the same for an id that is escaped, whatever it is',
      `https://${API_HOST}/prod`,
      { resource: SERVER, path: '/prod/api/v3/mcp/a%2Fb' },
    ],
    [
      'the same for a path with a slash at its end',
      `https://${API_HOST}/prod`,
      { resource: SERVERS, path: `/prod${SERVERS}/` },
    ],
  ])('is %s: %s', (_name, url, request) => {
    expect(baseUrl(reached(request))).toBe(url);
  });

  it('is the same whichever route of the management plane is asked', () => {
    for (const route of Object.keys(API_ROUTES)) {
      const resource = route.replace(/^[A-Z]+ /, '');
      const path = `/prod${resource.replace('{id}', ID)}`;
      expect([route, baseUrl(reached({ resource, path }))]).toEqual([route, `https://${API_HOST}/prod`]);
    }
  });

  it('is never what the client says in its own headers', () => {
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example',
      'X-Forwarded-Proto': 'https',
    };
    const event = reached({ resource: SERVERS, path: `/prod${SERVERS}`, headers });
    expect(baseUrl(event)).toBe(`https://${API_HOST}/prod`);
  });

  it.each([
    ['X-Forwarded-Proto', 'http'],
    ['x-forwarded-proto', 'http'],
    ['x-nothing-of-that-kind', 'https'],
  ])('has the scheme of %s: %s', (name, scheme) => {
    const event = reached({ resource: SERVERS, path: SERVERS, headers: { [name]: 'http' } });
    expect(baseUrl(event)).toBe(`${scheme}://${API_HOST}`);
  });
});
