import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';

const HELP = `Makes the organization key, the first project and its first key of a deployed stack, and prints them once.

  npm run bootstrap [-- --stack NAME] [--replace-organization-key]

  --stack NAME                 the CloudFormation stack (default: Portcullis)
  --replace-organization-key   make a new organization key in the place of the one that is there, which ends at once
  --help                       this text

Needs AWS credentials with cloudformation:DescribeStacks on the stack and lambda:InvokeFunction on its bootstrap function.
`;

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

/** Something that the user can put right: its message is all that is printed. */
class UserError extends Error {}

async function main(): Promise<void> {
  const { stack, help, 'replace-organization-key': replaces } = options();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const outputs = await stackOutputs(stack);
  const functionName = outputs.get('BootstrapFunctionName');
  if (functionName === undefined)
    throw new UserError(`The stack ${stack} has no output BootstrapFunctionName: is it Portcullis?`);
  const result = await invoke(functionName, { replace_organization_key: replaces });
  if (result.status === 'exists') {
    throw new UserError(
      `The stack ${stack} has been bootstrapped before: its keys were printed then, and are stored nowhere. --replace-organization-key makes a new organization key, with which every project can get a new key.`,
    );
  }
  if (result.status === 'nothing_to_replace') {
    throw new UserError(
      `The stack ${stack} has no organization key yet: run this without --replace-organization-key.`,
    );
  }
  process.stderr.write('Keep this: it is shown this once.\n');
  const variables = {
    PORTCULLIS_URL: (outputs.get('ApiUrl') ?? '').replace(/\/$/, ''),
    PORTCULLIS_ORG_API_KEY: result.org_api_key,
    ...(result.status === 'created' && {
      PORTCULLIS_PROJECT_ID: result.project_id,
      PORTCULLIS_API_KEY: result.api_key,
    }),
  };
  for (const [name, value] of Object.entries(variables)) process.stdout.write(`${name}='${value}'\n`);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: 'string', default: 'Portcullis' },
        'replace-organization-key': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
}

async function stackOutputs(stack: string): Promise<Map<string, string>> {
  const { Stacks } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
}

async function invoke(FunctionName: string, payload: object): Promise<z.infer<typeof outcome>> {
  const { FunctionError, Payload } = await new LambdaClient().send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
  );
  if (FunctionError !== undefined) {
    throw new UserError(
      `The function ${FunctionName} failed; its log in CloudWatch says why. If it was to replace the organization key, the old one may have ended: run it again.`,
    );
  }
  return outcome.parse(JSON.parse(new TextDecoder().decode(Payload)));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UserError ? 2 : 1;
});
