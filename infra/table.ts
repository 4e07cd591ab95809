import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../functions/environment.ts';
import { PARTITION_KEY, PARTITIONS, SORT_KEY, TIME_TO_LIVE } from '../functions/table/layout.ts';
import type { PortcullisReplica, PortcullisTableOptions } from './portcullis.ts';

export interface PortcullisTableProps extends PortcullisTableOptions {
  readonly removalPolicy: RemovalPolicy;
}

type Partition = keyof typeof PARTITIONS;

/** Names of IAM actions, without their `dynamodb:` prefix. */
type Action =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

/**
 * The one table, and who may do what on it. Each grant sets the variable with the table's name and names the actions
 * and the partitions: a function that is taken over reaches no other item.
 */
export class PortcullisTable extends Construct {
  readonly table: TableV2;
  readonly #encryptionKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: PortcullisTableProps) {
    super(scope, id);
    const { removalPolicy, encryptionKey, pointInTimeRecovery: pointInTimeRecoveryEnabled = true } = props;
    const { maxReadRequestUnits, maxWriteRequestUnits } = props;
    const replicas = props.replicas ?? [];
    const { deletionProtection = removalPolicy !== RemovalPolicy.DESTROY } = props;
    this.#encryptionKey = encryptionKey;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      timeToLiveAttribute: TIME_TO_LIVE,
      billing: Billing.onDemand({
        ...(maxReadRequestUnits !== undefined && { maxReadRequestUnits }),
        ...(maxWriteRequestUnits !== undefined && { maxWriteRequestUnits }),
      }),
      // No KMS call, cost or quota on the way of a request. The table holds hashes of keys, never keys,
      // and upstream headers sealed under a key of its own (envelope-key.ts).
      encryption: encryptionKey
        ? TableEncryptionV2.customerManagedKey(encryptionKey, keyArns(replicas))
        : TableEncryptionV2.dynamoOwnedKey(),
      ...(replicas.length > 0 && { replicas: replicas.map(({ region }) => ({ region })) }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled },
      deletionProtection,
      removalPolicy,
    });
  }

  /** The authorizer: the facts of a call in one batch, and those of a management call one by one. */
  grantAccessFacts(authorizer: LambdaFunction): void {
    this.#grant(authorizer, ['BatchGetItem'], ['config', 'server', 'key']);
    this.#grant(authorizer, ['GetItem'], ['key', 'config', 'organizationKey']);
  }

  /** The relay: the upstream of a server. */
  grantServerRead(relay: LambdaFunction): void {
    this.#grant(relay, ['GetItem'], ['server']);
  }

  /** The settings of a project, read and merged; which callers its owner has dismissed; and who would be refused. */
  grantProjectConfig(fn: LambdaFunction): void {
    this.#grant(fn, ['GetItem', 'UpdateItem'], ['config']);
    this.#grant(fn, ['GetItem', 'PutItem'], ['dismissals']);
    this.#grant(fn, ['Query'], ['usage', 'callers']);
    this.#grant(fn, ['BatchGetItem'], ['projectServers']);
    this.#grantAudit(fn);
  }

  /** Projects, from the first key to the deletion. */
  grantProjects(fn: LambdaFunction): void {
    this.#grant(
      fn,
      ['GetItem', 'PutItem'],
      ['config', 'projectKeys', 'names', 'creations', 'organizationDeletions'],
    );
    this.#grant(fn, ['PutItem'], ['key', 'organizationProjects']);
    this.#grant(fn, ['UpdateItem'], ['projectKeys']);
    this.#grant(fn, ['DeleteItem'], ['creations', 'organizationProjects']);
    this.#grant(fn, ['Query'], ['organizationProjects', 'organizationDeletions']);
    this.#grantAudit(fn);
  }

  /** The keys of a project. */
  grantKeys(fn: LambdaFunction): void {
    this.#grant(fn, ['GetItem', 'PutItem'], ['projectKeys', 'names', 'creations']);
    this.#grant(fn, ['PutItem'], ['key']);
    this.#grant(fn, ['Query', 'UpdateItem'], ['projectKeys']);
    this.#grant(fn, ['DeleteItem'], ['key', 'names', 'creations']);
    this.#grant(fn, ['BatchGetItem'], ['projectServers', 'lastUsed']);
    this.#grantAudit(fn);
  }

  /** The servers of a project, whose header values the project's settings show or mask. */
  grantServers(fn: LambdaFunction): void {
    this.#grant(fn, ['GetItem'], ['config']);
    this.#grant(fn, ['DeleteItem', 'GetItem', 'PutItem'], ['projectServers', 'names', 'creations']);
    this.#grant(fn, ['PutItem'], ['server']);
    this.#grant(fn, ['Query', 'UpdateItem'], ['projectServers']);
    this.#grantAudit(fn);
  }

  /** All that is told of a project's calls and changes: it can only be read. */
  grantAttribution(fn: LambdaFunction): void {
    this.#grant(fn, ['Query'], ['logs', 'usage', 'callers', 'audit']);
    this.#grant(fn, ['GetItem'], ['logs', 'config', 'dismissals', 'projectKeys']);
    // Of a change that is not confirmed yet, what it speaks of says whether it was made.
    const changed = ['config', 'projectKeys', 'projectServers', 'dismissals'] as const;
    this.#grant(fn, ['BatchGetItem'], ['logData', 'audit', ...changed]);
  }

  /**
   * All that is of a project that is no more, in whatever partition; and whether it is no more. Not its audit rows: who
   * deleted it is told by them.
   */
  grantPurge(fn: LambdaFunction): void {
    const ofProject = [
      ...(['projectKeys', 'projectServers', 'names', 'lastUsed', 'creations'] as const),
      ...(['logs', 'logData', 'usage', 'callers', 'journal', 'dismissals'] as const),
    ];
    this.#grant(fn, ['GetItem'], ['config']);
    this.#grant(fn, ['Query'], [...ofProject, 'organizationDeletions']);
    this.#grant(
      fn,
      ['DeleteItem'],
      [...ofProject, 'server', 'key', 'organizationProjects', 'organizationDeletions'],
    );
  }

  /** Rows and counts of calls, and when keys were last used; nothing that decides about a call. */
  grantRecords(fn: LambdaFunction): void {
    this.#grant(fn, ['BatchWriteItem'], ['logs', 'logData']);
    this.#grant(fn, ['GetItem'], ['journal']);
    this.#grant(fn, ['PutItem'], ['journal', 'usage', 'callers', 'logs']);
    this.#grant(fn, ['BatchGetItem'], ['usage', 'callers', 'logs']);
    this.#grant(fn, ['UpdateItem'], ['lastUsed']);
  }

  /** The organization key, and the first project. */
  grantBootstrap(fn: LambdaFunction): void {
    this.#grant(fn, ['GetItem', 'PutItem'], ['organizationKey', 'projectKeys']);
    this.#grant(fn, ['PutItem'], ['config', 'key', 'names', 'organizationProjects']);
    this.#grant(fn, ['UpdateItem'], ['projectKeys']);
    this.#grantAudit(fn);
  }

  /** Adds rows of changes. Nobody can change or remove one: a put is conditional, and time alone ends them. */
  #grantAudit(fn: LambdaFunction): void {
    this.#grant(fn, ['PutItem'], ['audit']);
  }

  #grant(fn: LambdaFunction, actions: readonly Action[], partitions: readonly Partition[]): void {
    fn.addEnvironment(ENVIRONMENT.tableName, this.table.tableName);
    if (this.#encryptionKey) fn.addToRolePolicy(throughDynamoDb(this.#encryptionKey, fn));
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.table.tableArn],
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions.map(leadingKey) },
          // ForAllValues is true for a request without the key, so its absence must be refused by itself.
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    );
  }
}

const keyArns = (replicas: readonly PortcullisReplica[]): Record<string, string> =>
  Object.fromEntries(
    replicas.flatMap(({ region, encryptionKeyArn }) =>
      encryptionKeyArn ? [[region, encryptionKeyArn]] : [],
    ),
  );

/**
 * DynamoDB opens and seals the table for a caller that may use its key. These are what AWS says that it needs at least
 * (https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html), but for CreateGrant, which is that of whoever
 * makes the table. No test has shown which of them a call uses: nothing but AWS asks for them.
 */
const throughDynamoDb = (key: IKey, fn: LambdaFunction) =>
  new PolicyStatement({
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(fn).region}.amazonaws.com` } },
  });

/** All partitions of a prefix, or the one partition that the name is. */
function leadingKey(partition: Partition): string {
  const name = PARTITIONS[partition];
  return name.endsWith('#') ? `${name}*` : name;
}
