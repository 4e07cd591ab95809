import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient, paginateListKeys } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** What is in the account, as AWS tells it. */
export class Account {
  readonly #cloudFormation: CloudFormationClient;
  readonly #dynamoDb: DynamoDBClient;
  readonly #kms: KMSClient;
  readonly #lambda: LambdaClient;
  readonly #secrets: SecretsManagerClient;

  constructor(endpoint: string) {
    const config = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    this.#cloudFormation = new CloudFormationClient(config);
    this.#dynamoDb = new DynamoDBClient(config);
    this.#kms = new KMSClient(config);
    this.#lambda = new LambdaClient(config);
    this.#secrets = new SecretsManagerClient(config);
  }

  /** @returns its status, such as `CREATE_COMPLETE`; `undefined` when it is not there */
  async stackStatus(stack: string): Promise<string | undefined> {
    return (await this.#stack(stack))?.StackStatus;
  }

  async output(stack: string, name: string): Promise<string> {
    const outputs = (await this.#stack(stack))?.Outputs ?? [];
    return outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? '';
  }

  async resources(stack: string) {
    const pages = paginateListStackResources({ client: this.#cloudFormation }, { StackName: stack });
    return (await collect(pages)).flatMap(({ StackResourceSummaries }) => StackResourceSummaries ?? []);
  }

  /** @returns how often the function whose logical id begins so has been updated */
  async updatesOf(stack: string, logicalId: string): Promise<number> {
    const pages = paginateDescribeStackEvents({ client: this.#cloudFormation }, { StackName: stack });
    const events = (await collect(pages)).flatMap(({ StackEvents }) => StackEvents ?? []);
    return events.filter(
      (event) => isFunction(event, logicalId) && event.ResourceStatus === 'UPDATE_COMPLETE',
    ).length;
  }

  /** @returns the variables of the function whose logical id begins so */
  async environmentOf(stack: string, logicalId: string): Promise<Record<string, string>> {
    const found = (await this.resources(stack)).find((resource) => isFunction(resource, logicalId));
    const FunctionName = found?.PhysicalResourceId;
    const { Environment } = await this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return Environment?.Variables ?? {};
  }

  /** How much there is of what holds data or runs; a key or a secret that waits for its end does not count. */
  async contents() {
    const { TableNames = [] } = await this.#dynamoDb.send(new ListTablesCommand({}));
    const items = await Promise.all(
      TableNames.map(async (TableName) => {
        const pages = paginateScan({ client: this.#dynamoDb }, { TableName, Select: 'COUNT' });
        return (await collect(pages)).reduce((total, { Count = 0 }) => total + Count, 0);
      }),
    );
    const keyIds = (await collect(paginateListKeys({ client: this.#kms }, {}))).flatMap(
      ({ Keys }) => Keys ?? [],
    );
    const keys = await Promise.all(
      keyIds.map(async ({ KeyId }) => (await this.#kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata),
    );
    const { SecretList = [] } = await this.#secrets.send(new ListSecretsCommand({}));
    const functions = await collect(paginateListFunctions({ client: this.#lambda }, {}));
    return {
      tables: TableNames.length,
      items: items.reduce((total, count) => total + count, 0),
      keys: keys.filter((key) => key?.Enabled && key.KeyManager === 'CUSTOMER').length,
      secrets: SecretList.filter(({ DeletedDate }) => DeletedDate === undefined).length,
      functions: functions.flatMap((page) => page.Functions ?? []).length,
    };
  }

  async #stack(name: string) {
    const { Stacks = [] } = await this.#cloudFormation
      .send(new DescribeStacksCommand({ StackName: name }))
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'ValidationError') return { Stacks: [] };
        throw error;
      });
    return Stacks[0];
  }
}

const isFunction = (
  {
    ResourceType,
    LogicalResourceId,
  }: { ResourceType?: string | undefined; LogicalResourceId?: string | undefined },
  logicalId: string,
): boolean => ResourceType === 'AWS::Lambda::Function' && LogicalResourceId?.startsWith(logicalId) === true;

async function collect<Page>(pages: AsyncIterable<Page>): Promise<Page[]> {
  const all: Page[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
