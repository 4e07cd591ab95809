import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { PortcullisApp } from '../../infra/portcullis-app.ts';
import { CANARIES } from '../../infra/roll-out.ts';
import { startGateway } from '../../local/gateway.ts';
import { readStack } from '../../local/template/assembly.ts';
import { functionNames, type Resource, synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const ALIAS = 'AWS::Lambda::Alias';
const GROUP = 'AWS::CodeDeploy::DeploymentGroup';
/** After a minute is over, until CloudWatch has its figures and the alarm has read them. */
const MINUTES_UNTIL_COUNTED = 2;
const stack = synthesize(VARIANTS.operations);
const aliases = Object.entries(stack.template.findResources(ALIAS));
const aliasOf = (name: 'authorizer' | 'mcp') =>
  aliases.find(([, { Properties }]) => Properties.FunctionName.Ref === stack.functionId(name))?.[0];

test('the API calls the functions themselves, unless it is asked for', () => {
  const plain = synthesize();
  for (const type of [ALIAS, 'AWS::Lambda::Version', GROUP]) expect(plain.all(type)).toEqual([]);
});

describe('with a canary', () => {
  test('authorizer and relay have an alias each, and no other function has', () => {
    expect(aliases.map(([, { Properties }]) => [Properties.FunctionName.Ref, Properties.Name])).toEqual([
      [stack.functionId('authorizer'), 'live'],
      [stack.functionId('mcp'), 'live'],
    ]);
  });

  test('API Gateway calls the aliases, and may call nothing else of these functions', () => {
    const called = JSON.stringify([
      stack.only('AWS::ApiGateway::Authorizer').AuthorizerUri,
      stack.methods().map(({ properties }) => properties.Integration.Uri),
    ]);
    const permissions = stack
      .all('AWS::Lambda::Permission')
      .map(({ FunctionName }) => JSON.stringify(FunctionName));
    for (const name of ['authorizer', 'mcp'] as const) {
      const itself = `"${stack.functionId(name)}"`;
      const alias = `{"Ref":"${aliasOf(name)}"}`;
      expect(called).toContain(alias);
      expect(called).not.toContain(itself);
      expect(permissions.filter((permitted) => permitted === alias)).toHaveLength(1);
      expect(permissions.filter((permitted) => permitted.includes(itself))).toEqual([]);
    }
  });

  test('CodeDeploy shifts each alias as it is said', () => {
    const groups = Object.entries(stack.template.findResources(GROUP));
    expect(groups).toHaveLength(2);
    for (const [, { Properties }] of groups) {
      expect(Properties.DeploymentConfigName).toBe('CodeDeployDefault.LambdaCanary10Percent15Minutes');
      expect(Properties.DeploymentStyle).toEqual({
        DeploymentOption: 'WITH_TRAFFIC_CONTROL',
        DeploymentType: 'BLUE_GREEN',
      });
    }
    const shifting = aliases.map(
      ([, { UpdatePolicy }]) => UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName.Ref,
    );
    expect(shifting.toSorted()).toEqual(groups.map(([id]) => id).toSorted());
  });

  test('what new code alone can raise sends the calls back, and nothing that a server or a client can; what stopped or failed goes back too', () => {
    for (const { AlarmConfiguration, AutoRollbackConfiguration } of stack.all(GROUP)) {
      expect(AlarmConfiguration).toEqual({
        Enabled: true,
        Alarms: ['AuthorizerErrors', 'AuthorizerSlow', 'RelayErrors', 'GatewayErrors'].map((id) => ({
          Name: { Ref: expect.stringMatching(new RegExp(`^Alarms${id}[0-9A-F]{8}$`)) },
        })),
      });
      expect(AutoRollbackConfiguration).toEqual({
        Enabled: true,
        Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
      });
    }
  });

  test.each([...CANARIES.keys()])('%s takes longer than each of these alarms needs to be raised', (name) => {
    const [, percent, minutes] =
      /^(?:Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?$/.exec(name)?.map(Number) ?? [];
    const lasts = name.startsWith('Linear') ? (100 / Number(percent)) * Number(minutes) : Number(minutes);
    const [{ AlarmConfiguration } = {}] = stack.all(GROUP);
    const watching = stack.template.findResources('AWS::CloudWatch::Alarm');
    const minutesOf = AlarmConfiguration.Alarms.map(
      ({ Name }: Resource) => watching[Name.Ref]?.Properties.EvaluationPeriods,
    );
    expect(minutesOf).toHaveLength(4);
    expect(lasts).toBeGreaterThanOrEqual(Math.max(...minutesOf) + MINUTES_UNTIL_COUNTED);
  });

  test('records of every version go where they went', () => {
    const subscribed = (from: typeof stack) =>
      from.all('AWS::Logs::SubscriptionFilter').map(({ LogGroupName }) => LogGroupName.Ref);
    expect(subscribed(stack)).toEqual(subscribed(synthesize()));
  });

  test('a changed environment is a new version, and so a new way to be shifted to', () => {
    const versionOf = (context: object) =>
      Object.keys(
        synthesize({ ...VARIANTS['operations by topic'], ...context }).template.findResources(
          'AWS::Lambda::Version',
        ),
      );
    const [authorizer, relay] = versionOf({});
    const [changed, same] = versionOf({ 'portcullis:cacheSeconds': 9 });
    expect(changed).not.toBe(authorizer);
    expect(same).toBe(relay);
  });
});

describe('concurrency', () => {
  test('is reserved for authorizer and relay alone, and kept warm at their aliases', () => {
    const reserved = functionNames().map((name) => [
      name,
      stack.functionProperties(name).ReservedConcurrentExecutions,
    ]);
    expect(reserved.filter(([, units]) => units !== undefined)).toEqual([
      ['authorizer', 50],
      ['mcp', 200],
    ]);
    expect(
      aliases.map(
        ([, { Properties }]) => Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions,
      ),
    ).toEqual([2, 1]);
  });

  test('that is kept warm needs an alias, and no canary', () => {
    const warm = synthesize(VARIANTS['warm without canary']);
    expect(warm.onlyResource(ALIAS)).toMatchObject({
      Properties: {
        FunctionName: { Ref: warm.functionId('authorizer') },
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      },
    });
    expect(warm.onlyResource(ALIAS).UpdatePolicy).toBeUndefined();
    expect(warm.all(GROUP)).toEqual([]);
  });
});

describe('the local gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-roll-out-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('serves a template with aliases: their authorizer decides, and their relay streams', async () => {
    writeFileSync(join(folder, 'index.mjs'), BOTH);
    const app = new PortcullisApp({ codeOf: () => Code.fromAsset(folder), context: VARIANTS.operations });
    const gateway = await startGateway({ stack: readStack(app.synth().directory), port: 0 });
    try {
      const answer = await fetch(`${gateway.url}/slug`, { method: 'POST', body: '{}' });
      expect([answer.status, await answer.text()]).toEqual([200, 'streamed for somebody']);
    } finally {
      await gateway.close();
    }
  });

  /** An authorizer that lets everybody in, and a relay that streams. */
  const BOTH = `
    export const handler = process.env.AWS_LAMBDA_FUNCTION_NAME.includes('Authorizer')
      ? async ({ methodArn }) => ({
          principalId: 'somebody',
          policyDocument: {
            Version: '2012-10-17',
            Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
          },
        })
      : awslambda.streamifyResponse(async ({ requestContext }, stream) => {
          const body = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
          body.write('streamed for ' + requestContext.authorizer.principalId);
          body.end();
        });`;
});
