import { describe, expect, test } from '@jest/globals';
import { synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const ACL = 'AWS::WAFv2::WebACL';
const stack = synthesize(VARIANTS.address);

test('there is no web ACL, unless it is asked for', () => {
  expect(synthesize().all(ACL)).toEqual([]);
});

describe('the web ACL', () => {
  test('has one rule: a rate of each IP address in five minutes', () => {
    expect(stack.only(ACL)).toMatchObject({
      Scope: 'REGIONAL',
      DefaultAction: { Allow: {} },
      Rules: [
        {
          Action: { Block: {} },
          Statement: {
            RateBasedStatement: { AggregateKeyType: 'IP', Limit: 500, EvaluationWindowSec: 300 },
          },
        },
      ],
    });
    expect(synthesize({ 'portcullis:firewall': true }).only(ACL).Rules).toEqual([
      expect.objectContaining({
        Statement: { RateBasedStatement: expect.objectContaining({ Limit: 2_000 }) },
      }),
    ]);
  });

  test('stands in front of the stage', () => {
    const [[stageId] = []] = Object.entries(stack.template.findResources('AWS::ApiGateway::Stage'));
    const { ResourceArn, WebACLArn } = stack.only('AWS::WAFv2::WebACLAssociation');
    expect(JSON.stringify(ResourceArn)).toMatch(
      new RegExp(`:apigateway:.*::/restapis/.*ApiRest.*/stages/.*{"Ref":"${stageId}"}`),
    );
    expect(WebACLArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^FirewallAcl/), 'Arn'] });
  });

  test('keeps no request: its path is a secret while the gate is down, and a header is a key', () => {
    const { VisibilityConfig, Rules } = stack.only(ACL);
    const configs = [
      VisibilityConfig,
      ...Rules.map((rule: typeof VisibilityConfig) => rule.VisibilityConfig),
    ];
    expect(configs).toHaveLength(2);
    for (const config of configs) expect(config.SampledRequestsEnabled).toBe(false);
    expect(stack.all('AWS::WAFv2::LoggingConfiguration')).toEqual([]);
  });

  test('answers in our envelope, and says when to come again', () => {
    const [blocked] = stack
      .all('AWS::ApiGateway::GatewayResponse')
      .filter(({ ResponseType }) => ResponseType === 'WAF_FILTERED');
    expect(stack.only(ACL).Rules[0].Action.Block).toEqual({});
    expect(blocked).toMatchObject({
      StatusCode: '429',
      ResponseParameters: {
        'gatewayresponse.header.Retry-After': "'300'",
        'gatewayresponse.header.x-request-id': 'context.requestId',
      },
    });
    expect(JSON.parse(blocked?.ResponseTemplates['application/json']).error).toMatchObject({
      code: 10429,
      slug: 'HTTP_TooManyRequests',
      request_id: '$context.requestId',
    });
  });
});
