import { describe, expect, test } from '@jest/globals';
import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { synthesize } from './synthesized.ts';

const responses = synthesize().all('AWS::ApiGateway::GatewayResponse');
const responseOf = (type: string) => responses.find(({ ResponseType }) => ResponseType === type);
const known = Object.values(ResponseType)
  .filter((value) => value instanceof ResponseType)
  .map(({ responseType }) => responseType);

const EVERY_ANSWER = {
  'gatewayresponse.header.Content-Type': "'application/json'",
  'gatewayresponse.header.Cache-Control': "'no-store'",
  'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
  'gatewayresponse.header.Access-Control-Expose-Headers':
    "'www-authenticate, x-request-id, mcp-session-id, retry-after'",
  'gatewayresponse.header.x-request-id': 'context.requestId',
};
const CHALLENGE = { 'gatewayresponse.header.WWW-Authenticate': `'ApiKey realm="portcullis"'` };

describe('the refusal of the gate', () => {
  test('ACCESS_DENIED is 401 with the text that the authorizer chose, and nothing else', () => {
    expect(responseOf('ACCESS_DENIED')).toEqual({
      ResponseType: 'ACCESS_DENIED',
      RestApiId: expect.anything(),
      StatusCode: '401',
      ResponseParameters: { ...EVERY_ANSWER, ...CHALLENGE },
      ResponseTemplates: { 'application/json': '{"error": "$context.authorizer.error"}' },
    });
  });

  test('UNAUTHORIZED, should it ever come, is the same with the text for no key', () => {
    expect(responseOf('UNAUTHORIZED')).toEqual({
      ResponseType: 'UNAUTHORIZED',
      RestApiId: expect.anything(),
      StatusCode: '401',
      ResponseParameters: { ...EVERY_ANSWER, ...CHALLENGE },
      ResponseTemplates: {
        'application/json': '{"error": "API key is required in headers for security reasons"}',
      },
    });
  });
});

describe("API Gateway's own answers", () => {
  test('every type that API Gateway knows has an answer of ours', () => {
    expect(known).toHaveLength(21);
    expect(responses.map(({ ResponseType }) => ResponseType).toSorted()).toEqual(known.toSorted());
  });

  test.each([
    ['AUTHORIZER_FAILURE', 500, 10500, 'HTTP_InternalServerError'],
    ['AUTHORIZER_CONFIGURATION_ERROR', 500, 10500, 'HTTP_InternalServerError'],
    ['API_CONFIGURATION_ERROR', 500, 10500, 'HTTP_InternalServerError'],
    ['DEFAULT_5XX', 500, 10500, 'HTTP_InternalServerError'],
    ['INTEGRATION_FAILURE', 500, 10500, 'HTTP_InternalServerError'],
    ['INTEGRATION_TIMEOUT', 504, 10504, 'HTTP_GatewayTimeout'],
    ['THROTTLED', 429, 10429, 'HTTP_TooManyRequests'],
    ['QUOTA_EXCEEDED', 429, 10429, 'HTTP_TooManyRequests'],
    ['REQUEST_TOO_LARGE', 413, 10413, 'HTTP_PayloadTooLarge'],
    ['MISSING_AUTHENTICATION_TOKEN', 404, 10404, 'HTTP_NotFound'],
    ['RESOURCE_NOT_FOUND', 404, 10404, 'HTTP_NotFound'],
    ['BAD_REQUEST_BODY', 400, 10400, 'HTTP_BadRequest'],
    ['BAD_REQUEST_PARAMETERS', 400, 10400, 'HTTP_BadRequest'],
    ['UNSUPPORTED_MEDIA_TYPE', 400, 10400, 'HTTP_BadRequest'],
    ['DEFAULT_4XX', 400, 10400, 'HTTP_BadRequest'],
    ['EXPIRED_TOKEN', 403, 10403, 'HTTP_Forbidden'],
    ['INVALID_API_KEY', 403, 10403, 'HTTP_Forbidden'],
    ['INVALID_SIGNATURE', 403, 10403, 'HTTP_Forbidden'],
    ['WAF_FILTERED', 403, 10403, 'HTTP_Forbidden'],
  ])('%s is %i with the envelope of code %i, %s', (type, status, code, slug) => {
    const response = responseOf(type);
    expect(response?.StatusCode).toBe(String(status));
    expect(response?.ResponseParameters).toMatchObject(EVERY_ANSWER);
    expect(JSON.parse(response?.ResponseTemplates['application/json'])).toEqual({
      error: {
        message: expect.stringMatching(/^\w[\w ]+$/),
        code,
        slug,
        status,
        request_id: '$context.requestId',
      },
    });
  });

  test.each(['THROTTLED', 'QUOTA_EXCEEDED'])('%s says when to come again', (type) => {
    expect(responseOf(type)?.ResponseParameters['gatewayresponse.header.Retry-After']).toBe("'1'");
  });

  test('only the two refusals carry a challenge: a fault must not send a client to look for a key', () => {
    const challenging = responses.filter(({ ResponseParameters }) =>
      Object.keys(ResponseParameters).some((name) => /www-authenticate/i.test(name)),
    );
    expect(challenging.map(({ ResponseType }) => ResponseType).toSorted()).toEqual([
      'ACCESS_DENIED',
      'UNAUTHORIZED',
    ]);
  });
});

describe.each(known)('%s holds no text of the client', (type) => {
  test('its body names two variables at most, both ours', () => {
    const variables = JSON.stringify(responseOf(type)?.ResponseTemplates).match(/\$[\w.]+/g) ?? [];
    expect(['$context.requestId', '$context.authorizer.error']).toEqual(expect.arrayContaining(variables));
  });

  test('its headers are constants and the request id', () => {
    for (const value of Object.values(responseOf(type)?.ResponseParameters)) {
      expect(value).toMatch(/^('[^']*'|context\.requestId)$/);
    }
  });

  test('its one template is JSON', () => {
    expect(Object.keys(responseOf(type)?.ResponseTemplates)).toEqual(['application/json']);
  });
});
