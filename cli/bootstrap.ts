import { InvokeCommand, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { GlobalOptions } from './command.ts';
import { EXIT, Exit } from './exit.ts';
import { note, print, printJson } from './output.ts';
import { progress } from './progress.ts';
import { findStack, refused } from './stack.ts';

const outcome = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('created'),
    org_api_key: z.string(),
    project_id: z.string(),
    api_key: z.string(),
  }),
  z.object({ status: z.literal('replaced'), org_api_key: z.string() }),
  z.object({ status: z.literal('exists') }),
  z.object({ status: z.literal('nothing_to_replace') }),
]);

/** Makes the keys of a deployed stack, by its own function, and prints them once. */
export async function bootstrap({
  stack,
  replaceOrganizationKey: replaces = false,
  json,
  profile,
}: GlobalOptions & { readonly stack: string; readonly replaceOrganizationKey?: boolean }): Promise<void> {
  const found = await findStack(stack, profile);
  const functionName = found.mustOutput('BootstrapFunctionName');
  const result = await progress(
    'Making the keys',
    invoke(functionName, { replace_organization_key: replaces }),
  );
  if (result.status === 'exists') {
    throw new Exit(
      EXIT.failed,
      `The stack ${stack} has been bootstrapped before: its keys were printed then, and are stored nowhere. --replace-organization-key makes a new organization key, with which every project can get a new key.`,
    );
  }
  if (result.status === 'nothing_to_replace') {
    throw new Exit(
      EXIT.failed,
      `The stack ${stack} has no organization key yet: run this without --replace-organization-key.`,
    );
  }
  const variables = {
    PORTCULLIS_URL: (found.output('ApiUrl') ?? '').replace(/\/$/, ''),
    PORTCULLIS_ORG_API_KEY: result.org_api_key,
    ...(result.status === 'created' && {
      PORTCULLIS_PROJECT_ID: result.project_id,
      PORTCULLIS_API_KEY: result.api_key,
    }),
  };
  if (json) return void printJson(variables);
  note('Keep this: it is shown this once.');
  for (const [name, value] of Object.entries(variables)) print(`${name}='${value}'`);
}

/** Invokes it once: sent again, it would answer that the keys are there, and nobody would have them. */
async function invoke(FunctionName: string, payload: object): Promise<z.infer<typeof outcome>> {
  const { FunctionError, Payload } = await new LambdaClient({ maxAttempts: 1 })
    .send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }))
    .catch((error: unknown) => {
      if (error instanceof LambdaServiceException) refused(error);
      throw new Exit(
        EXIT.failed,
        `The function ${FunctionName} was called, and its answer did not come.`,
        AGAIN,
      );
    });
  if (FunctionError !== undefined) {
    throw new Exit(
      EXIT.failed,
      `The function ${FunctionName} failed; its log in CloudWatch says why.`,
      AGAIN,
    );
  }
  return outcome.parse(JSON.parse(new TextDecoder().decode(Payload)));
}

const AGAIN =
  'It may have made keys, and have ended the organization key of before. Run it again; if it says that the keys are there, with --replace-organization-key.';
