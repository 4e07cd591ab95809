import { CfnOutput, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../functions/environment.ts';

export interface RootSecretProps {
  readonly removalPolicy: RemovalPolicy;
}

/** 62⁶⁴ is more than 2³⁸⁰. */
const SECRET_LENGTH = 64;

/**
 * The one root secret, and who may read it. Every key that a function needs for itself is derived from it, one for each
 * purpose. Secrets Manager encrypts it under the account's own key: a key of ours would add a right to each reader.
 */
export class RootSecret extends Construct {
  readonly #secret: Secret;

  constructor(scope: Construct, id: string, { removalPolicy }: RootSecretProps) {
    super(scope, id);
    this.#secret = new Secret(this, 'Secret', {
      description: 'Root of the keys that seal session ids and sign cursors',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ version: 1 }),
        generateStringKey: 'secret',
        passwordLength: SECRET_LENGTH,
        excludePunctuation: true,
      },
      removalPolicy,
    });
    new CfnOutput(scope, 'RootSecretArn', {
      value: this.#secret.secretArn,
      description: 'npx portcullis rotate-root-secret replaces its value',
    });
    Validations.of(this.#secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A new version ends sessions after a day, so the deployer decides when; a rotation function would be one more that can write it',
    });
  }

  /** Reads it, and its previous version. */
  grantRead(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.rootSecretId, this.#secret.secretArn);
    this.#grant(fn, ['GetSecretValue']);
  }

  /** Reads the version that it replaces. */
  grantRotation(grantee: IGrantable): void {
    this.#grant(grantee, ['GetSecretValue', 'PutSecretValue']);
  }

  #grant({ grantPrincipal }: IGrantable, actions: readonly ('GetSecretValue' | 'PutSecretValue')[]): void {
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `secretsmanager:${action}`),
        resources: [this.#secret.secretArn],
      }),
    );
  }
}
