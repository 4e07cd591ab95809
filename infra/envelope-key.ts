import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENCRYPTION_CONTEXT } from '../functions/domain/sealing-context.ts';
import { ENVIRONMENT } from '../functions/environment.ts';

export interface EnvelopeKeyProps {
  /** Of all keys of the account, no other has it. */
  readonly alias: string;
  readonly removalPolicy: RemovalPolicy;
}

/** Of the actions on a key, those that use it here. */
type Action = 'kms:Decrypt' | 'kms:GenerateDataKey';

/** To look after a key, without using it, exporting its use (a grant) or opening it to another account by the way. */
const ADMINISTRATION = [
  'kms:CreateAlias',
  'kms:UpdateAlias',
  'kms:DeleteAlias',
  'kms:Describe*',
  'kms:Get*',
  'kms:List*',
  'kms:EnableKey',
  'kms:DisableKey',
  'kms:EnableKeyRotation',
  'kms:DisableKeyRotation',
  'kms:RotateKeyOnDemand',
  'kms:PutKeyPolicy',
  'kms:UpdateKeyDescription',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
];

const CONTEXT_KEYS = Object.values(ENCRYPTION_CONTEXT);

/** A request names the project and the server, both and nothing else. */
const WITH_CONTEXT = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': CONTEXT_KEYS },
  // ForAllValues is true for a request without a context, so its absence must be refused by itself.
  Null: Object.fromEntries(CONTEXT_KEYS.map((name) => [`kms:EncryptionContext:${name}`, 'false'])),
};

/**
 * The KMS key that seals the upstream headers of servers, and who may use it. The key's own policy lets the account's
 * IAM policies use it for these two actions only, and with the encryption context only: a wider policy somewhere in the
 * account is no way around.
 */
export class EnvelopeKey extends Construct {
  readonly #key: Key;

  constructor(scope: Construct, id: string, { alias, removalPolicy }: EnvelopeKeyProps) {
    super(scope, id);
    const account = new AccountRootPrincipal();
    this.#key = new Key(this, 'Key', {
      description: 'Seals the upstream headers of MCP servers',
      // Of a name that is known only when it is deployed, CDK leaves the prefix to us.
      alias: `alias/${alias}`,
      enableKeyRotation: true,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({ principals: [account], actions: ADMINISTRATION, resources: ['*'] }),
          new PolicyStatement({
            principals: [account],
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'] satisfies Action[],
            resources: ['*'],
            conditions: WITH_CONTEXT,
          }),
        ],
      }),
      // Without the key no stored header can be opened again.
      removalPolicy,
      pendingWindow: Duration.days(7),
    });
  }

  /** The relay: opens the headers of the server that it calls. */
  grantOpen(relay: LambdaFunction): void {
    this.#grant(relay, ['kms:Decrypt']);
  }

  /** The servers' own plane: seals new headers, and opens them for a project that has them shown. */
  grantSealAndOpen(fn: LambdaFunction): void {
    this.#grant(fn, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  #grant(fn: LambdaFunction, actions: Action[]): void {
    fn.addEnvironment(ENVIRONMENT.kmsKeyId, this.#key.keyArn);
    fn.addToRolePolicy(
      new PolicyStatement({ actions, resources: [this.#key.keyArn], conditions: WITH_CONTEXT }),
    );
  }
}
