import * as z from 'zod';

const oneOrMore = z.union([z.string().transform((value) => [value]), z.array(z.string())]);

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
});

/** The policy document of an authorizer. Conditions, NotAction and NotResource are not evaluated here, so refused. */
export const policyDocumentSchema = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([statementSchema.transform((statement) => [statement]), z.array(statementSchema)]),
});

export type PolicyDocument = z.infer<typeof policyDocumentSchema>;

/** `*` stands for any characters, `?` for one. */
function matches(pattern: string, text: string, flags = ''): boolean {
  if (pattern === text) return true;
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`).test(text);
}

/**
 * @param policy what the authorizer returned
 * @param methodArn the request
 * @returns `Allow` only if a statement allows it and none denies it; `Implicit` when no statement is about it
 */
export function evaluatePolicy(policy: PolicyDocument, methodArn: string): 'Allow' | 'Deny' | 'Implicit' {
  const effects = policy.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((action) => matches(action, 'execute-api:Invoke', 'i')) &&
      Resource.some((resource) => matches(resource, methodArn)),
  ).map(({ Effect }) => Effect);
  if (effects.includes('Deny')) return 'Deny';
  return effects.includes('Allow') ? 'Allow' : 'Implicit';
}
