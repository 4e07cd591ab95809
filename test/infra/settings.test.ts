import { describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { SETTINGS, settingsFrom } from '../../infra/settings.ts';
import { appWith, functionNames, synthesize } from './synthesized.ts';
import { tellingAlarms } from './telling-alarms.ts';
import { VARIANTS } from './variants.ts';

const settings = (context: Record<string, unknown>) => settingsFrom(new App({ context }).node);

test('without context the stage is prod, and all else is what the construct has for it', () => {
  expect(settings({})).toEqual({ stage: 'prod' });
});

describe('each setting', () => {
  const VALUES: Readonly<Record<string, unknown>> = Object.assign({}, ...Object.values(VARIANTS));

  test('is set in one of the variants that the template is judged in', () => {
    const names = Object.keys(SETTINGS).map((name) => `portcullis:${name}`);
    expect(Object.keys(VALUES).toSorted()).toEqual(names.toSorted());
  });

  test.each(Object.values(VARIANTS))('is read alike as text, as the command line gives it: %j', (context) => {
    const asText = Object.fromEntries(Object.entries(context).map(([key, value]) => [key, String(value)]));
    expect(settings(asText)).toEqual(settings(context));
  });

  test.each(Object.keys(VALUES))('%s refuses what it cannot be, by its name', (key) => {
    expect(() => appWith({ [key]: 'ä b' })).toThrow(new RegExp(`${key} must be .*, not "ä b"`));
    expect(() => appWith({ [key]: { a: 1 } })).toThrow(`${key} must be`);
  });

  test('that there is none of is refused, so that a slip of the pen is not a default', () => {
    expect(() => appWith({ 'portcullis:cacheSecond': 5 })).toThrow(
      /portcullis:cacheSecond is no setting: there are stage, /,
    );
  });

  test('that cannot be used is told together with all the others', () => {
    expect(() => appWith({ 'portcullis:stage': 'A', 'portcullis:dashboard': 'yes' })).toThrow(
      /portcullis:stage must be .*; Context portcullis:dashboard must be true or false/,
    );
  });
});

describe('settings that are of use together alone are refused alone', () => {
  test.each([
    ['domainName', 'mcp.example.com', 'certificateArn'],
    ['certificateArn', VARIANTS.address['portcullis:certificateArn'], 'domainName'],
    ['hostedZoneId', 'Z1', 'hostedZoneName'],
    ['hostedZoneName', 'example.com', 'hostedZoneId'],
    ['tableKeyArn', VARIANTS['replicas under own keys']['portcullis:tableKeyArn'], 'region'],
    ['replicaRegions', 'eu-west-1', 'region'],
    ['firewallRequestsPerAddress', 100, 'firewall'],
    ['natGateways', 2, 'network'],
  ])('%s', (name, value, needed) => {
    expect(() => appWith({ [`portcullis:${name}`]: value })).toThrow(
      `Context portcullis:${name} needs portcullis:${needed}`,
    );
  });

  test('a setting that is false is as if it were not there', () => {
    const context = { 'portcullis:firewall': false, 'portcullis:firewallRequestsPerAddress': 100 };
    expect(() => appWith(context)).toThrow('portcullis:firewallRequestsPerAddress needs portcullis:firewall');
  });

  test('an address for alarms, and a topic', () => {
    const topic = VARIANTS['operations by topic']['portcullis:alarmsTopicArn'];
    expect(() =>
      appWith({ 'portcullis:alarmsTopicArn': topic, 'portcullis:alarmsEmail': 'a@b.example' }),
    ).toThrow('portcullis:alarmsEmail makes a topic: give it or portcullis:alarmsTopicArn');
  });
});

describe('what would fail at the deployment, or not be there after it, is refused:', () => {
  const keys = VARIANTS['replicas under own keys'];
  const [inVirginia, inIreland] = keys['portcullis:replicaKeyArns'];

  test.each([
    ['a certificate', { ...VARIANTS.address, 'portcullis:region': 'us-east-1' }, 'certificateArn'],
    ['a key', { ...VARIANTS.replicas, 'portcullis:tableKeyArn': inVirginia }, 'tableKeyArn'],
    [
      'a topic',
      { ...VARIANTS['operations by topic'], 'portcullis:region': 'eu-central-2' },
      'alarmsTopicArn',
    ],
  ])('%s of another region', (what, context, name) => {
    expect(() => appWith(context)).toThrow(
      new RegExp(`^Context portcullis:${name} must be of ${what} in .*, not in `),
    );
  });

  test.each([
    ['for a region without a replica', 'eu-west-1', [inVirginia, inIreland]],
    ['of which a replica has two', 'eu-west-1', [inIreland, inIreland]],
    ['that a replica lacks', 'eu-west-1,us-east-1', [inIreland]],
  ])('a key %s', (_, regions, arns) => {
    const context = {
      ...keys,
      'portcullis:replicaRegions': regions,
      'portcullis:replicaKeyArns': arns,
    };
    expect(() => appWith(context)).toThrow(
      /^Context portcullis:replicaKeyArns must be one key for each replica, in eu-west-1.*, not in /,
    );
  });

  test('an address that is a wildcard, which no client could call', () => {
    expect(() => appWith({ ...VARIANTS.address, 'portcullis:domainName': '*.example.com' })).toThrow(
      'portcullis:domainName must be a host name in lower case, such as mcp.example.com, not "*.example.com"',
    );
  });

  test('a canary that is over before its alarms are raised', () => {
    expect(() => appWith({ 'portcullis:canary': 'Canary10Percent5Minutes' })).toThrow(
      'portcullis:canary must be one of Canary10Percent10Minutes, ',
    );
  });
});

describe('a setting without its exact prefix is refused:', () => {
  test.each([
    ['stage', 'stage'],
    ['Portcullis:stage', 'stage'],
    ['portcullis.stage', 'stage'],
    ['portcullisStage', 'stage'],
    ['CacheSeconds', 'cacheSeconds'],
  ])('%s', (key, name) => {
    expect(() => appWith({ [key]: 'dev' })).toThrow(`Context ${key} is no setting: write portcullis:${name}`);
  });

  test('and what is somebody else’s is not', () => {
    expect(settings({ stages: 'a', 'mine:stage': 'b', 'portcullis-plugin': 1, 'aws:cdk:x': true })).toEqual({
      stage: 'prod',
    });
  });
});

describe('portcullis:cacheSeconds', () => {
  test.each([
    [0, 0],
    [300, 300],
    ['0', 0],
    ['45', 45],
  ])('accepts %p, as cdk.json or the command line gives it', (given, seconds) => {
    expect(settings({ 'portcullis:cacheSeconds': given }).cacheSeconds).toBe(seconds);
  });

  test.each([-1, 301, 1.5, Number.NaN, '', ' 5', '5s', '0x1f', '1e2', true, [5], {}])(
    'refuses %p with the name of the setting and its range',
    (given) => {
      expect(() => appWith({ 'portcullis:cacheSeconds': given })).toThrow(
        /portcullis:cacheSeconds must be a whole number from 0 to 300/,
      );
    },
  );
});

describe('portcullis:streamIdleSeconds', () => {
  test.each([
    [1, 1],
    [299, 299],
    ['1', 1],
    ['45', 45],
  ])('accepts %p, as cdk.json or the command line gives it', (given, seconds) => {
    expect(settings({ 'portcullis:streamIdleSeconds': given }).streamIdleSeconds).toBe(seconds);
  });

  test.each([0, '0', 300, -1, 1.5, '', '60s', '1e2', true, {}])(
    'refuses %p with the name of the setting and its range',
    (given) => {
      expect(() => appWith({ 'portcullis:streamIdleSeconds': given })).toThrow(
        /portcullis:streamIdleSeconds must be a whole number from 1 to 299/,
      );
    },
  );

  test('reaches the relay, and no other function', () => {
    const stack = synthesize({ 'portcullis:streamIdleSeconds': 5 });
    const told = functionNames().filter(
      (name) =>
        ENVIRONMENT.streamIdleSeconds in (stack.functionProperties(name).Environment?.Variables ?? {}),
    );
    expect(told).toEqual(['mcp']);
    expect(stack.functionProperties('mcp').Environment.Variables[ENVIRONMENT.streamIdleSeconds]).toBe('5');
  });
});

describe('portcullis:logRetentionDays', () => {
  test.each([
    [1, 1],
    [365, 365],
    ['1', 1],
    ['90', 90],
  ])('accepts %p, as cdk.json or the command line gives it', (given, days) => {
    expect(settings({ 'portcullis:logRetentionDays': given }).logRetentionDays).toBe(days);
  });

  test.each([0, '0', 366, -1, 1.5, '', '30d', '1e2', true, {}])(
    'refuses %p with the name of the setting and its range',
    (given) => {
      expect(() => appWith({ 'portcullis:logRetentionDays': given })).toThrow(
        /portcullis:logRetentionDays must be a whole number from 1 to 365/,
      );
    },
  );

  test('reaches the log writer, and no other function', () => {
    const stack = synthesize({ 'portcullis:logRetentionDays': 7 });
    const told = functionNames().filter(
      (name) => ENVIRONMENT.logRetentionDays in (stack.functionProperties(name).Environment?.Variables ?? {}),
    );
    expect(told).toEqual(['log-writer']);
    const { Variables } = stack.functionProperties('log-writer').Environment;
    expect(Variables[ENVIRONMENT.logRetentionDays]).toBe('7');
  });
});

describe('portcullis:stage', () => {
  test.each(['prod', 'dev', 'pr42'])('accepts %p', (stage) => {
    expect(settings({ 'portcullis:stage': stage }).stage).toBe(stage);
  });

  test.each(['', 'Prod', 'my-stage', 'a/b', 'ä', 'x'.repeat(33), 5, null])(
    'refuses %p with the name of the setting',
    (stage) => {
      // CDK reads null as not set.
      const context = { 'portcullis:stage': stage === null ? [null] : stage };
      expect(() => appWith(context)).toThrow(
        /portcullis:stage must be 1 to 32 lower-case letters and digits/,
      );
    },
  );

  test('names the stack and the stage of the API', () => {
    expect(appWith().stack.stackName).toBe('Portcullis');
    expect(appWith({ 'portcullis:stage': 'dev' }).stack.stackName).toBe('Portcullis-dev');
    expect(synthesize({ 'portcullis:stage': 'dev' }).only('AWS::ApiGateway::Stage').StageName).toBe('dev');
  });
});

test('a command line cannot switch off the feature flags that the stack relies on', () => {
  const flag = '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId';
  expect(appWith({ [flag]: false }).node.tryGetContext(flag)).toBe(true);
});

describe('portcullis:throttleRate and portcullis:throttleBurst', () => {
  test('are the stage’s, and told by the API document', () => {
    const stack = synthesize({ 'portcullis:throttleRate': 7, 'portcullis:throttleBurst': '9' });
    expect(stack.only('AWS::ApiGateway::Stage').MethodSettings).toEqual([
      expect.objectContaining({ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 }),
    ]);
    expect(stack.functionProperties('web').Environment.Variables).toMatchObject({
      [ENVIRONMENT.throttleRate]: '7',
      [ENVIRONMENT.throttleBurst]: '9',
    });
  });

  test.each([
    ['throttleRate', 0, 10_000],
    ['throttleRate', 10_001, 10_000],
    ['throttleBurst', 0, 5_000],
    ['throttleBurst', 5_001, 5_000],
  ])('refuses %s of %p', (name, given, maximum) => {
    expect(() => appWith({ [`portcullis:${name}`]: given })).toThrow(
      `portcullis:${name} must be a whole number from 1 to ${maximum}`,
    );
  });
});

describe('settings of the address', () => {
  const stack = synthesize(VARIANTS.address);

  test('are its domain, certificate and record', () => {
    expect(stack.only('AWS::ApiGateway::DomainName')).toMatchObject({
      DomainName: 'mcp.example.com',
      RegionalCertificateArn: VARIANTS.address['portcullis:certificateArn'],
    });
    expect(stack.only('AWS::Route53::RecordSet')).toMatchObject({
      HostedZoneId: 'Z0123456789',
      Name: 'mcp.example.com.',
    });
  });

  test('are its origins', () => {
    const { Variables } = stack.functionProperties('authorizer').Environment;
    expect(Variables[ENVIRONMENT.allowedOrigins]).toBe('https://console.example.com,https://app.example.com');
  });
});

describe('alarms are told', () => {
  const actions = (context: Record<string, unknown>) =>
    Object.values(tellingAlarms(synthesize(context))).map(({ AlarmActions }) => AlarmActions);

  test('to the topic that is named', () => {
    const arn = VARIANTS['operations by topic']['portcullis:alarmsTopicArn'];
    expect(new Set(actions(VARIANTS['operations by topic']).flat())).toEqual(new Set([arn]));
  });

  test('to the address that is named, by a topic to which CloudWatch may publish', () => {
    const stack = synthesize(VARIANTS.operations);
    const topic = { Ref: expect.stringMatching(/^AlarmsTopic/) };
    for (const action of actions(VARIANTS.operations)) expect(action).toEqual([topic]);
    expect(stack.only('AWS::SNS::Subscription')).toEqual({
      Protocol: 'email',
      Endpoint: 'operations@example.com',
      TopicArn: topic,
    });
    expect(stack.only('AWS::SNS::TopicPolicy').PolicyDocument.Statement).toContainEqual({
      Sid: expect.anything(),
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: topic,
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });
});
