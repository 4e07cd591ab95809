import { Argument, type Command } from 'commander';
import { addCommand } from '../command.ts';

/** Adds what is done once. */
export function addSetup(program: Command): void {
  const bootstrap = addCommand(
    program,
    'bootstrap',
    `Make the organization key, first project and first key of a deployed stack, and print them once

It calls a function of the stack, with AWS credentials that may describe the stack (cloudformation:DescribeStacks) and
invoke it (lambda:InvokeFunction).`,
    `portcullis bootstrap --stack Portcullis
     portcullis bootstrap --replace-organization-key --json`,
    async () => (await import('../bootstrap.ts')).bootstrap,
  )
    .summary('Make the first keys of a deployed stack, and print them once')
    .option('--stack <name>', 'the CloudFormation stack', 'Portcullis')
    .option(
      '--replace-organization-key',
      'make a new organization key in the place of the one that is there, which ends at once',
    );
  const rotation = addCommand(
    program,
    'rotate-root-secret',
    `Replace the secret of a deployed stack that seals MCP sessions and signs cursors

What it has sealed is accepted for 24 hours more, so that no session ends. It takes AWS credentials that may describe the
stack, and read and put the value of its secret (secretsmanager:GetSecretValue and PutSecretValue).`,
    'portcullis rotate-root-secret --stack Portcullis',
    async () => (await import('../rotate-root-secret.ts')).rotateRootSecret,
  )
    .summary('Replace the secret that seals MCP sessions, which go on')
    .option('--stack <name>', 'the CloudFormation stack', 'Portcullis')
    .option('--force', 'also within 24 hours of the last time, which ends older sessions');
  for (const { options } of [bootstrap, rotation]) {
    options.find(({ long }) => long === '--profile')?.hideHelp(); // They speak to AWS, not to a gateway.
  }
}

/** Adds what prints the completion script of a shell. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print what makes a shell complete this command line')
    .addArgument(new Argument('<shell>', 'which shell it is').choices(['bash', 'zsh', 'fish', 'powershell']))
    .addHelpText(
      'after',
      `
Examples:
  source <(portcullis completion bash)    # in ~/.bashrc
  source <(portcullis completion zsh)     # in ~/.zshrc, below compinit
  portcullis completion fish > ~/.config/fish/completions/portcullis.fish
  portcullis completion powershell | Out-String | Invoke-Expression    # in $PROFILE`,
    )
    .action(async (shell: string) => {
      const { default: tab } = await import('@bomb.sh/tab');
      tab.setup('portcullis', 'portcullis', shell);
    });
}
