import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { FUNCTIONS, type FunctionName } from '../../../infra/functions.ts';
import { startAwsServices } from '../../../local/aws-services/services.ts';
import { startGateway } from '../../../local/gateway.ts';
import { StateDirectory } from '../../../local/state-directory.ts';
import { createTables, startStore, storeEndpoint, tablesOf } from '../../../local/store.ts';
import { synthesise } from '../../../local/synthesis.ts';
import { readStack, type Stack } from '../../../local/template/assembly.ts';
import { createResolver, type Resolver } from '../../../local/template/resolver.ts';
import { startUpstream } from '../../support/upstream.ts';
import { functionNames } from '../synthesized.ts';
import { allows, isLike, type Statement, statementSchema } from './iam.ts';
import { type Recorder, type SentRequest, startRecorder } from './recorder.ts';
import { useEverything } from './workload.ts';

const AN_HOUR = 60 * 60_000;

/** Rights that AWS itself uses in the name of a function, where no request of the function's is to be seen. */
const OF_AWS: readonly { readonly action: string; readonly why: string }[] = [
  { action: 'logs:CreateLogStream', why: 'Lambda stores what a function prints, with the function’s role' },
  { action: 'logs:PutLogEvents', why: 'Lambda stores what a function prints, with the function’s role' },
  { action: 'xray:PutTraceSegments', why: 'The X-Ray daemon beside the function sends its traces' },
  { action: 'xray:PutTelemetryRecords', why: 'The X-Ray daemon beside the function tells of itself' },
  {
    action: 'sqs:SendMessage',
    why: 'Lambda keeps an event that failed in every attempt, with the function’s role',
  },
];

const cleanups: (() => unknown)[] = [];
let recorder: Recorder;
let statements: ReadonlyMap<FunctionName, readonly Statement[]>;

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-used-actions-'));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  const state = StateDirectory.take(join(directory, 'state'));
  const assembly = join(directory, 'cdk.out');
  await synthesise(
    assembly,
    {
      cacheSeconds: 0,
      streamIdleSeconds: 60,
      logRetentionDays: 30,
      throttleRate: 1_000,
      throttleBurst: 2_000,
    },
    new AbortController().signal,
  );
  const stack = readStack(assembly);
  const resolver = createResolver(stack);
  const store = await startStore(directory);
  cleanups.unshift(() => store.stop());
  const tables = tablesOf(resolver);
  await createTables(storeEndpoint(store), tables);
  const TableName = tables[0]?.TableName;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      ...{ endpoint: storeEndpoint(store), region: 'us-east-1' },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
  const services = await startAwsServices(resolver, state);
  cleanups.unshift(() => services.close());
  recorder = await startRecorder({
    dynamodb: storeEndpoint(store),
    kms: String(services.environment.AWS_ENDPOINT_URL_KMS),
    secretsmanager: String(services.environment.AWS_ENDPOINT_URL_SECRETS_MANAGER),
    lambda: String(services.environment.AWS_ENDPOINT_URL_LAMBDA),
  });
  cleanups.unshift(() => recorder.close());
  statements = new Map(functionNames().map((name) => [name, statementsOf(resolver, name)]));
  const gateway = await startGateway({
    stack: recorded(stack),
    port: 0,
    environment: { PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS: 'true' },
  });
  cleanups.unshift(() => gateway.close());
  services.serveLambda(gateway.lambdaListener);
  const upstream = await startUpstream();
  cleanups.unshift(() => upstream.close());
  upstream.answer = (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'one' })
      .end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} }));
  await useEverything({
    ...{ gateway, recorder, upstreamUrl: upstream.url },
    async longAgo(Key, attribute) {
      const UpdateExpression = `SET ${attribute} = :ago`;
      const ExpressionAttributeValues = { ':ago': Date.now() - AN_HOUR };
      await client.send(new UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues }));
    },
  });
}, 120_000);
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** The stack, each of whose functions sends its requests to AWS by way of the recorder. */
function recorded(stack: Stack): Stack {
  const Resources = Object.fromEntries(
    Object.entries(stack.template.Resources).map(([id, resource]) => {
      const name = nameOf(resource.Properties);
      if (resource.Type !== 'AWS::Lambda::Function' || name === undefined) return [id, resource];
      const { Variables } = environmentSchema.parse(resource.Properties.Environment);
      const Environment = { Variables: { ...Variables, ...recorder.environmentOf(name) } };
      return [id, { ...resource, Properties: { ...resource.Properties, Environment } }];
    }),
  );
  return { ...stack, template: { ...stack.template, Resources } };
}

const environmentSchema = z
  .object({ Variables: z.record(z.string(), z.unknown()) })
  .default({ Variables: {} });

const nameOf = ({ Description }: Readonly<Record<string, unknown>>): FunctionName | undefined =>
  functionNames().find((name) => FUNCTIONS[name].description === Description);

/** What the role of a function allows, as it would be deployed. */
function statementsOf(resolver: Resolver, name: FunctionName): Statement[] {
  const ofType = (type: string) => resolver.resources.filter((resource) => resource.type === type);
  const roles = ofType('AWS::Lambda::Function')
    .filter(({ properties }) => nameOf(properties) === name)
    .map(({ logicalId, properties }) => resolver.resolve(properties.Role, logicalId));
  const roleIds = ofType('AWS::IAM::Role')
    .map(({ logicalId }) => logicalId)
    .filter((id) => roles.includes(resolver.attribute(id, 'Arn')));
  return ofType('AWS::IAM::Policy').flatMap(({ logicalId, properties }) => {
    const { Roles, PolicyDocument } = policySchema.parse(resolver.resolve(properties, logicalId));
    return Roles.some((role) => roleIds.some((id) => resolver.attribute(id) === role))
      ? PolicyDocument.Statement
      : [];
  });
}
const policySchema = z.looseObject({
  Roles: z.array(z.string()),
  PolicyDocument: z.looseObject({ Statement: z.array(statementSchema) }),
});

const LEADING_KEYS = 'dynamodb:LeadingKeys';

interface Right {
  readonly statement: Statement;
  readonly action: string;
  /** The pattern of the partitions that it is for; `undefined` for what has none. */
  readonly partition: string | undefined;
}

const rightsOf = (name: FunctionName): Right[] =>
  (statements.get(name) ?? []).flatMap((statement) =>
    statement.Action.flatMap((action) =>
      (statement.Condition['ForAllValues:StringLike'][LEADING_KEYS] ?? [undefined]).map((partition) => ({
        ...{ statement, action, partition },
      })),
    ),
  );

const sentBy = (name: FunctionName) => recorder.requests.filter(({ functionName }) => functionName === name);

const isUse = (request: SentRequest, { statement, action, partition = '*' }: Right): boolean =>
  request.action === action &&
  allows(statement, request) &&
  (request.conditionKeys[LEADING_KEYS] ?? ['']).some((key) => isLike(partition, key));

describe.each(functionNames())('%s', (name) => {
  test('asks AWS for nothing that its role does not allow', () => {
    const refused = sentBy(name).filter(
      (request) => !statements.get(name)?.some((statement) => allows(statement, request)),
    );
    expect(refused).toEqual([]);
  });

  test('has no right that it does not use, in whatever partition', () => {
    const unused = rightsOf(name)
      .filter(({ action }) => !OF_AWS.some((row) => row.action === action))
      .filter((right) => !sentBy(name).some((request) => isUse(request, right)));
    expect(unused.map(({ action, partition }) => [action, partition])).toEqual([]);
  });
});

test.each(OF_AWS)('$action is granted, and no function asks for it itself: $why', ({ action }) => {
  expect(functionNames().flatMap(rightsOf)).toContainEqual(expect.objectContaining({ action }));
  expect(recorder.requests).not.toContainEqual(expect.objectContaining({ action }));
});
