import { createServer, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { closeServer, listen } from '../../../local/http-server.ts';
import { localArn } from '../../../local/template/environment.ts';
import type { AwsRequest } from './iam.ts';

/** A request to AWS, and which function sent it. */
export interface SentRequest extends AwsRequest {
  readonly functionName: string;
}

/** Stands between the functions and the services of AWS, and notes what each function asks for. */
export interface Recorder {
  readonly requests: readonly SentRequest[];
  /** Whether a request is lost on its way, with its connection. */
  isLost: (request: SentRequest, body: string) => boolean;
  /** @returns the environment that makes a function's SDK send everything here, whatever service it speaks to */
  environmentOf(functionName: string): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * @param endpoints of the services, by the names that signatures have for them: `dynamodb`, `kms`. A request to another
 *   service is noted, and answered with 501
 */
export async function startRecorder(endpoints: Readonly<Record<string, string>>): Promise<Recorder> {
  const requests: SentRequest[] = [];
  const recorder = { isLost: (_request: SentRequest, _body: string) => false };

  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const [, functionName = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(incoming.url ?? '') ?? [];
    const service = serviceOf(incoming);
    const sent = {
      functionName,
      ...(READERS[service]?.(incoming, path, body.toString()) ?? unknown(service, incoming)),
    };
    requests.push(sent);
    const endpoint = endpoints[service];
    if (recorder.isLost(sent, body.toString())) return void incoming.socket.destroy();
    if (endpoint === undefined) return void outgoing.writeHead(501).end();
    const { method, headers } = incoming;
    const onward = request(new URL(path, endpoint), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => incoming.socket.destroy());
    onward.end(body);
  });
  const port = await listen(server, 0);

  return Object.assign(recorder, {
    requests,
    environmentOf: (functionName: string) => ({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}/${functionName}`,
    }),
    close: () => closeServer(server),
  });
}

/** From the signature: `AWS4-HMAC-SHA256 Credential=local/20261129/us-east-1/dynamodb/aws4_request, …`. */
const serviceOf = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 'unsigned';

const targetOf = ({ headers }: IncomingMessage): string =>
  String(headers['x-amz-target']).replace(/^.*\./, '');

const unknown = (service: string, incoming: IncomingMessage): AwsRequest => ({
  action: `${service}:${targetOf(incoming)}`,
  resource: String(incoming.url),
  conditionKeys: {},
});

/** How the request of a service is read: https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const READERS: Readonly<
  Record<string, (incoming: IncomingMessage, path: string, body: string) => AwsRequest>
> = {
  dynamodb(incoming, _path, body) {
    const { tableNames, leadingKeys } = dynamoDbRequest.parse(JSON.parse(body));
    return {
      action: `dynamodb:${targetOf(incoming)}`,
      resource: tableNames.map((name) => localArn('dynamodb', `table/${name}`)).join(),
      conditionKeys: { 'dynamodb:LeadingKeys': leadingKeys },
    };
  },
  kms(incoming, _path, body) {
    const { KeyId, EncryptionContext } = kmsRequest.parse(JSON.parse(body));
    return {
      action: `kms:${targetOf(incoming)}`,
      resource: KeyId,
      conditionKeys: {
        'kms:EncryptionContextKeys': Object.keys(EncryptionContext),
        ...Object.fromEntries(
          Object.entries(EncryptionContext).map(([name, value]) => [
            `kms:EncryptionContext:${name}`,
            [value],
          ]),
        ),
      },
    };
  },
  secretsmanager(incoming, _path, body) {
    const { SecretId } = z.looseObject({ SecretId: z.string() }).parse(JSON.parse(body));
    return { action: `secretsmanager:${targetOf(incoming)}`, resource: SecretId, conditionKeys: {} };
  },
  lambda(incoming, path) {
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path)?.[1];
    const isInvocation = incoming.method === 'POST' && name !== undefined;
    return {
      action: isInvocation ? 'lambda:InvokeFunction' : `lambda:${incoming.method} ${path}`,
      resource: localArn('lambda', `function:${decodeURIComponent(name ?? '')}`),
      conditionKeys: {},
    };
  },
};

const kmsRequest = z.looseObject({
  KeyId: z.string(),
  EncryptionContext: z.record(z.string(), z.string()).default({}),
});

const itemSchema = z.looseObject({ pk: z.object({ S: z.string() }) }).transform(({ pk }) => pk.S);
const batchSchema = z.record(
  z.string(),
  z.union([
    z.looseObject({ Keys: z.array(itemSchema) }).transform(({ Keys }) => Keys),
    z.array(
      z.union([
        z
          .strictObject({ PutRequest: z.object({ Item: itemSchema }) })
          .transform((put) => put.PutRequest.Item),
        z
          .strictObject({ DeleteRequest: z.object({ Key: itemSchema }) })
          .transform((removal) => removal.DeleteRequest.Key),
      ]),
    ),
  ]),
);

/** Which partitions of which tables a request names. One without any, such as a Scan, has no leading key. */
const dynamoDbRequest = z
  .looseObject({
    TableName: z.string().optional(),
    /** An index has an ARN of its own, and the table has none. */
    IndexName: z.undefined().optional(),
    Key: itemSchema.optional(),
    Item: itemSchema.optional(),
    RequestItems: batchSchema.optional(),
    KeyConditionExpression: z.string().optional(),
    ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
    ExpressionAttributeValues: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  })
  .transform(({ TableName, Key, Item, RequestItems = {}, KeyConditionExpression, ...expression }) => {
    const placeholders = /^(#?\w+) = (:\w+)/.exec(KeyConditionExpression ?? '');
    const [, name = '', value = ''] = placeholders ?? [];
    const isPartitionKey = (expression.ExpressionAttributeNames[name] ?? name) === 'pk';
    const queried = isPartitionKey ? [String(expression.ExpressionAttributeValues[value]?.S)] : [];
    return {
      tableNames: [...(TableName === undefined ? [] : [TableName]), ...Object.keys(RequestItems)],
      leadingKeys: [Key, Item, ...queried, ...Object.values(RequestItems).flat()].filter(
        (key) => key !== undefined,
      ),
    };
  });
