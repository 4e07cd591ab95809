import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EXIT, Exit } from './exit.ts';
import { progress } from './progress.ts';

/** A deployed stack, by its outputs. */
export interface Stack {
  /** @returns the value of an output; `undefined` when there is none of that name */
  output(name: string): string | undefined;
  /** @throws Exit when there is none of that name: it is the stack of something else */
  mustOutput(name: string): string;
}

/**
 * Finds a stack, with the AWS credentials and region of the environment.
 * @throws Exit when it cannot be found
 */
export async function findStack(stack: string, profile: string | undefined): Promise<Stack> {
  if (profile !== undefined) {
    throw new Exit(
      EXIT.usage,
      '--profile names a gateway, and is of no use here.',
      'AWS_PROFILE says whose stack it is.',
    );
  }
  const { Stacks } = await progress(
    'Asking CloudFormation',
    new CloudFormationClient().send(new DescribeStacksCommand({ StackName: stack })),
  ).catch(refused);
  const outputs = new Map(
    Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
  );
  const output = (name: string) => outputNamed(name, outputs);
  return {
    output,
    mustOutput(name) {
      const value = output(name);
      if (value !== undefined) return value;
      throw new Exit(
        EXIT.failed,
        `The stack ${stack} has no output ${name}: is it Portcullis, of this version or a later one?`,
      );
    },
  };
}

/** In a stack of somebody's own, the path of the gateway stands before the name, and a hash behind it. */
const outputNamed = (name: string, outputs: ReadonlyMap<string, string>): string | undefined =>
  outputs.get(name) ??
  [...outputs].find(([key]) => key.endsWith(name, key.length - 8) && /[0-9A-F]{8}$/.test(key))?.[1];

/** AWS, or what finds its credentials, says in a sentence what is missing. */
export function refused(error: unknown): never {
  throw new Exit(
    EXIT.failed,
    `AWS: ${error instanceof Error ? error.message : String(error)}`,
    'It takes a region and credentials, such as AWS_REGION and AWS_PROFILE, with the rights that --help names.',
  );
}
