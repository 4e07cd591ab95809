import { createHash } from 'node:crypto';
import { LOCAL_ENVIRONMENT, localArn } from './environment.ts';

/** What `Ref` (`Ref`) and `Fn::GetAtt` (the other names) return for one resource. */
export type Attributes = Readonly<Record<string, string>>;

/** The facts an attribute is made from. */
export interface ResourceIdentity {
  readonly logicalId: string;
  readonly type: string;
  readonly stackName: string;
  /** @returns the resolved value of a property that names the resource, undefined when the template leaves it out */
  property(name: string): string | undefined;
}

type AttributesOf = (resource: ResourceIdentity) => Attributes;

function named(property: string, service: string, arnPrefix: string): AttributesOf {
  return (resource) => {
    const name = resource.property(property) ?? `${resource.stackName}-${resource.logicalId}`.slice(0, 64);
    return { Ref: name, Arn: localArn(service, `${arnPrefix}${name}`) };
  };
}

function byLogicalId({ logicalId }: ResourceIdentity): Attributes {
  return { Ref: logicalId };
}

const ATTRIBUTES: Readonly<Record<string, AttributesOf>> = {
  'AWS::ApiGateway::RestApi': ({ stackName, logicalId }) => {
    const id = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 10);
    return { Ref: id, RestApiId: id, RootResourceId: `${id}-root` };
  },
  'AWS::ApiGateway::Resource': (resource) => ({ ...byLogicalId(resource), ResourceId: resource.logicalId }),
  'AWS::ApiGateway::Authorizer': (resource) => ({
    ...byLogicalId(resource),
    AuthorizerId: resource.logicalId,
  }),
  'AWS::ApiGateway::Deployment': (resource) => ({
    ...byLogicalId(resource),
    DeploymentId: resource.logicalId,
  }),
  'AWS::ApiGateway::Stage': (resource) => ({ Ref: resource.property('StageName') ?? resource.logicalId }),
  'AWS::SQS::Queue': (resource) => {
    const { Ref: name = '', Arn = '' } = named('QueueName', 'sqs', '')(resource);
    const { region, accountId, urlSuffix } = LOCAL_ENVIRONMENT;
    return { Ref: `https://sqs.${region}.${urlSuffix}/${accountId}/${name}`, Arn, QueueName: name };
  },
  'AWS::Lambda::Function': named('FunctionName', 'lambda', 'function:'),
  // Of the versions of a function there is one here, and each alias leads to it.
  'AWS::Lambda::Version': (resource) => ({ ...byLogicalId(resource), Version: '1' }),
  'AWS::Lambda::Alias': (resource) => ({
    Ref: localArn('lambda', `function:${resource.property('FunctionName')}:${resource.property('Name')}`),
  }),
  'AWS::DynamoDB::GlobalTable': named('TableName', 'dynamodb', 'table/'),
  'AWS::DynamoDB::Table': named('TableName', 'dynamodb', 'table/'),
  'AWS::Logs::LogGroup': named('LogGroupName', 'logs', 'log-group:'),
  'AWS::Logs::SubscriptionFilter': (resource) => ({
    Ref: resource.property('FilterName') ?? resource.logicalId,
  }),
  'AWS::Events::Rule': named('Name', 'events', 'rule/'),
  'AWS::IAM::Role': named('RoleName', 'iam', 'role/'),
  'AWS::KMS::Key': named('KeyId', 'kms', 'key/'),
  'AWS::SecretsManager::Secret': (resource) => {
    const { Arn } = named('Name', 'secretsmanager', 'secret:')(resource);
    return { Ref: Arn ?? '', Id: Arn ?? '' };
  },
  'AWS::SNS::Topic': (resource) => {
    const { Arn } = named('TopicName', 'sns', '')(resource);
    return { Ref: Arn ?? '', TopicArn: Arn ?? '' };
  },
};

/**
 * @param resource a resource of the template
 * @returns its `Ref` and attributes, undefined when this type is not known here
 */
export function attributesOf(resource: ResourceIdentity): Attributes | undefined {
  return ATTRIBUTES[resource.type]?.(resource);
}
