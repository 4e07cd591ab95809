import { describe, expect, test } from '@jest/globals';
import { ATTACKS, LIMITS } from '../../bench/cost.ts';
import { appWith, functionNames, type Resource, synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const BUDGET = 'AWS::Budgets::Budget';
const stack = synthesize(VARIANTS.operations);

describe('a budget', () => {
  const told = (budget: Resource): string[] =>
    budget.NotificationsWithSubscribers.flatMap(({ Subscribers }: Resource) =>
      Subscribers.map(({ SubscriptionType, Address }: Resource) => `${SubscriptionType} ${Address}`),
    );

  test('is not there unless it is asked for', () => {
    expect(synthesize().all(BUDGET)).toEqual([]);
  });

  test('is of the whole account, in a month, in dollars', () => {
    expect(stack.only(BUDGET).Budget).toEqual({
      BudgetName: expect.stringMatching(/^Portcullis-[0-9a-f]{8}$/),
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 100, Unit: 'USD' },
    });
  });

  test('tells before it is used up, when it is, and when AWS expects that it will be', () => {
    const notifications: Resource[] = stack.only(BUDGET).NotificationsWithSubscribers;
    expect(notifications.map(({ Notification }) => Notification)).toEqual(
      [
        ['ACTUAL', 80],
        ['ACTUAL', 100],
        ['FORECASTED', 100],
      ].map(([NotificationType, Threshold]) => ({
        NotificationType,
        Threshold,
        ThresholdType: 'PERCENTAGE',
        ComparisonOperator: 'GREATER_THAN',
      })),
    );
  });

  test('tells the address of the alarms, with no topic that it would have to be let publish to', () => {
    expect(new Set(told(stack.only(BUDGET)))).toEqual(new Set(['EMAIL operations@example.com']));
  });

  test('tells the topic of the alarms where that is named', () => {
    const byTopic = { ...VARIANTS['operations by topic'], 'portcullis:budgetAmount': 100 };
    expect(new Set(told(synthesize(byTopic).only(BUDGET)))).toEqual(
      new Set([`SNS ${byTopic['portcullis:alarmsTopicArn']}`]),
    );
  });

  test('has another name where another is told, for CloudFormation then makes it anew beside the old one', () => {
    const nameFor = (context: Record<string, unknown>) =>
      synthesize({ ...VARIANTS.operations, ...context }).only(BUDGET).Budget.BudgetName;
    expect(nameFor({ 'portcullis:alarmsEmail': 'b@example.com' })).not.toBe(nameFor({}));
    expect(nameFor({ 'portcullis:budgetAmount': 7 })).toBe(nameFor({}));
  });

  test('that would tell nobody is refused', () => {
    expect(() => appWith({ 'portcullis:budgetAmount': 100 })).toThrow(
      'Context portcullis:budgetAmount needs portcullis:alarmsEmail or portcullis:alarmsTopicArn',
    );
  });
});

describe('the table', () => {
  const TABLE = 'AWS::DynamoDB::GlobalTable';

  test('has no maximum unless it is asked for: with one, whoever reads much could keep the authorizer from reading', () => {
    expect(JSON.stringify(synthesize().only(TABLE))).not.toMatch(/RequestUnits/);
  });

  test('has the maximum that is asked for', () => {
    expect(stack.only(TABLE)).toMatchObject({
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 12_000 },
      Replicas: [{ ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 5_000 } }],
    });
  });
});

test('the worst day is reckoned with the throttle and the functions of the template', () => {
  const byDefault = LIMITS['by default, 1,000 executions'];
  const [settings] = synthesize().only('AWS::ApiGateway::Stage').MethodSettings;
  expect(byDefault?.requestsPerSecond).toBe(settings.ThrottlingRateLimit);
  const { Timeout } = synthesize().functionProperties('mcp');
  for (const { what, runs } of ATTACKS)
    expect([what, (runs.mcp ?? 0) <= Timeout * 1_000]).toEqual([what, true]);
});

describe('what is paid without being asked for:', () => {
  test('no metrics of each method', () => {
    expect(synthesize().only('AWS::ApiGateway::Stage').MethodSettings).toEqual([
      expect.objectContaining({ HttpMethod: '*', ResourcePath: '/*', MetricsEnabled: false }),
    ]);
  });

  test('no traces where they are switched off, and no right to send any', () => {
    const untraced = synthesize(VARIANTS['throw-away']);
    for (const name of functionNames()) {
      expect(untraced.functionProperties(name).TracingConfig).toBeUndefined();
      expect(JSON.stringify(untraced.statements(name))).not.toContain('xray:');
    }
  });
});
