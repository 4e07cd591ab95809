import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { GlobalOptions } from './command.ts';
import { EXIT, Exit } from './exit.ts';
import { note, print, printJson } from './output.ts';
import { progress } from './progress.ts';

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
  if (profile !== undefined) {
    throw new Exit(
      EXIT.usage,
      '--profile names a gateway, and is of no use here.',
      'AWS_PROFILE says whose stack it is.',
    );
  }
  const outputs = await progress('Asking CloudFormation', stackOutputs(stack));
  const functionName = outputNamed('BootstrapFunctionName', outputs);
  if (functionName === undefined)
    throw new Exit(EXIT.failed, `The stack ${stack} has no output BootstrapFunctionName: is it Portcullis?`);
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
    PORTCULLIS_URL: (outputNamed('ApiUrl', outputs) ?? '').replace(/\/$/, ''),
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

async function stackOutputs(stack: string): Promise<Map<string, string>> {
  const { Stacks } = await new CloudFormationClient()
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch(refused);
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
}

/** In a stack of somebody's own, the path of the gateway stands before the name, and a hash behind it. */
const outputNamed = (name: string, outputs: ReadonlyMap<string, string>): string | undefined =>
  outputs.get(name) ??
  [...outputs].find(([key]) => key.endsWith(name, key.length - 8) && /[0-9A-F]{8}$/.test(key))?.[1];

/** AWS, or what finds its credentials, says in a sentence what is missing. */
function refused(error: unknown): never {
  throw new Exit(
    EXIT.failed,
    `AWS: ${error instanceof Error ? error.message : String(error)}`,
    'It takes a region and credentials, such as AWS_REGION and AWS_PROFILE, that may describe the stack and invoke its function.',
  );
}

async function invoke(FunctionName: string, payload: object): Promise<z.infer<typeof outcome>> {
  const { FunctionError, Payload } = await new LambdaClient()
    .send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }))
    .catch(refused);
  if (FunctionError !== undefined) {
    throw new Exit(
      EXIT.failed,
      `The function ${FunctionName} failed; its log in CloudWatch says why. If it was to replace the organization key, the old one may have ended: run it again.`,
    );
  }
  return outcome.parse(JSON.parse(new TextDecoder().decode(Payload)));
}
