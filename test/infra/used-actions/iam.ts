import * as z from 'zod';

/** One request to AWS, as IAM sees it. */
export interface AwsRequest {
  /** Such as `dynamodb:GetItem`. */
  readonly action: string;
  /** The ARN of what it is done to. */
  readonly resource: string;
  /** The condition keys that the request has, such as `dynamodb:LeadingKeys`. */
  readonly conditionKeys: Readonly<Record<string, readonly string[]>>;
}

/** IAM writes a list of one as a single value. */
const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

/** What a statement of a role's policy may be here: anything else, such as a Deny, is not understood and throws. */
export const statementSchema = z.strictObject({
  Effect: z.literal('Allow'),
  Action: list,
  Resource: list,
  Condition: z
    .strictObject({
      'ForAllValues:StringLike': z.record(z.string(), list).default({}),
      'ForAllValues:StringEquals': z.record(z.string(), list).default({}),
      Null: z.record(z.string(), z.enum(['true', 'false'])).default({}),
    })
    .prefault({}),
});
export type Statement = z.infer<typeof statementSchema>;

/** @returns whether the statement allows the request: action, resource and every condition hold */
export function allows(statement: Statement, { action, resource, conditionKeys }: AwsRequest): boolean {
  const { Action, Resource, Condition } = statement;
  const valuesOf = (key: string) => conditionKeys[key] ?? [];
  const allAre = (wanted: Readonly<Record<string, string[]>>, matches: typeof isLike) =>
    Object.entries(wanted).every(([key, patterns]) =>
      valuesOf(key).every((value) => patterns.some((pattern) => matches(pattern, value))),
    );
  return (
    Action.some((pattern) => isLike(pattern, action)) &&
    Resource.some((pattern) => isLike(pattern, resource)) &&
    allAre(Condition['ForAllValues:StringLike'], isLike) &&
    allAre(Condition['ForAllValues:StringEquals'], (wanted, value) => wanted === value) &&
    Object.entries(Condition.Null).every(
      ([key, isNull]) => (valuesOf(key).length === 0) === (isNull === 'true'),
    )
  );
}

/** @returns whether a text is that of a pattern, in which `*` stands for any characters */
export const isLike = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`).test(text);
