import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { PortcullisBudget } from './portcullis.ts';

export interface BudgetProps {
  /** Of the stack: the budget's name begins with it. */
  readonly name: string;
  readonly monthlyAmount: number;
  readonly subscriber: CfnBudget.SubscriberProperty;
}

/** @returns who is told; undefined where nobody is named */
export function subscriberOf(
  { email }: PortcullisBudget,
  topic: ITopic | undefined,
): CfnBudget.SubscriberProperty | undefined {
  if (email !== undefined) return { subscriptionType: 'EMAIL', address: email };
  return topic && { subscriptionType: 'SNS', address: topic.topicArn };
}

/** Of the amount: what has been spent, and what AWS expects of the whole month. */
const NOTIFICATIONS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const;

/**
 * Tells when the account costs more in a month than it should. It is the account's, for a budget of the gateway alone would
 * need a cost allocation tag, which no template can activate; and it tells hours later, as AWS works out what was used. It
 * stops nothing.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { name, monthlyAmount, subscriber }: BudgetProps) {
    super(scope, id);
    const notificationsWithSubscribers = NOTIFICATIONS.map((notification) => ({
      notification: { ...notification, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers: [subscriber],
    }));
    // Who is told cannot be changed: CloudFormation makes another budget before it deletes this one, so it needs another name.
    const told = createHash('sha256')
      .update(JSON.stringify(Stack.of(this).resolve(notificationsWithSubscribers)))
      .digest('hex')
      .slice(0, 8);
    new CfnBudget(this, 'Monthly', {
      budget: {
        budgetName: `${name}-${told}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyAmount, unit: 'USD' },
      },
      notificationsWithSubscribers,
    });
  }
}
