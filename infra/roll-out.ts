import { Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type ILambdaDeploymentConfig,
  LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy';
import {
  Alias,
  type IFunction,
  type IVersion,
  type Function as LambdaFunction,
} from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface RollOutProps {
  /** How calls are shifted to a new version; left out: all at once. */
  readonly canary: ILambdaDeploymentConfig | undefined;
}

const PREFIX = 'CodeDeployDefault.Lambda';

/**
 * CodeDeploy's own ways to shift calls by and by, by their names: `Canary10Percent10Minutes`. Each takes longer than the slowest of
 * the alarms that call new code back.
 */
export const CANARIES: ReadonlyMap<string, ILambdaDeploymentConfig> = new Map(
  [
    LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
    LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
    LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES,
    LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
    LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_2MINUTES,
    LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
    LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_10MINUTES,
  ].map((config) => [config.deploymentConfigName.replace(PREFIX, ''), config]),
);

/** Over before every alarm could be raised. */
const TOO_SHORT = [LambdaDeploymentConfig.ALL_AT_ONCE, LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES];

export const isTooShort = (canary: ILambdaDeploymentConfig): boolean =>
  TOO_SHORT.some(({ deploymentConfigName }) => deploymentConfigName === canary.deploymentConfigName);

/**
 * How new code of the functions on the way of a call takes over. A function gets an alias where calls are shifted by and by, or
 * where some of its instances are kept warm: both are of versions, and `$LATEST` is none.
 */
export class RollOut extends Construct {
  readonly #canary: ILambdaDeploymentConfig | undefined;
  readonly #aliases: Alias[] = [];

  constructor(scope: Construct, id: string, { canary }: RollOutProps) {
    super(scope, id);
    this.#canary = canary;
  }

  /**
   * @param provisioned how many instances are kept warm; left out: none
   * @returns what is called: the function, or its alias
   */
  live(id: string, fn: LambdaFunction, provisioned: number | undefined): IFunction {
    if (this.#canary === undefined && provisioned === undefined) return fn;
    const alias = new Alias(this, `${id}Alias`, {
      aliasName: 'live',
      version: fn.currentVersion as IVersion, // Its optional members may be undefined, which our compiler tells apart.
      ...(provisioned !== undefined && { provisionedConcurrentExecutions: provisioned }),
    });
    this.#aliases.push(alias);
    return alias as IFunction;
  }

  /** @param alarms each sends all calls back to the old version, and the deployment with them, when it is raised meanwhile */
  backOn(alarms: readonly Alarm[]): void {
    if (this.#canary === undefined) return;
    const application = new LambdaApplication(this, 'Application');
    for (const alias of this.#aliases) {
      const group = new LambdaDeploymentGroup(this, `${alias.node.id}Group`, {
        application,
        alias,
        deploymentConfig: this.#canary,
        alarms: [...alarms],
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
      });
      Validations.of(group).acknowledge({
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
        reason: 'The policy that AWS keeps for CodeDeploy of Lambda: it shifts aliases and reads alarms',
      });
    }
  }
}
