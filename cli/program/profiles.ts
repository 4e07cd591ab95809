import type { Command } from 'commander';
import { addCommand } from '../command.ts';

/** Adds what tells the command line which gateway to talk to. */
export function addProfiles(program: Command): void {
  addCommand(
    program,
    'login',
    `Store a gateway and a key of it, as a profile

The key is of a project (ak_…) or of the organization (oak_…); a profile can have both.
It is kept in the keychain of the operating system; without one, or with
PORTCULLIS_NO_KEYCHAIN=1, in a file that you alone can read.`,
    `portcullis login --url https://gateway.example.com
     portcullis login --url https://staging.example.com --profile staging
     op read op://vault/portcullis/key | portcullis login --url https://gateway.example.com --key-stdin`,
    async () => (await import('../commands/login.ts')).login,
  )
    .summary('Store a gateway and a key of it, as a profile')
    .option('--url <url>', "the gateway's address (default: PORTCULLIS_URL)")
    .option(
      '--key-stdin',
      'read the key from stdin (default: PORTCULLIS_API_KEY and PORTCULLIS_ORG_API_KEY, else a prompt)',
    );
  addCommand(
    program,
    'logout [profile]',
    'Forget a profile (default: the one in use) and its keys',
    `portcullis logout
     portcullis logout staging`,
    async () => (await import('../commands/login.ts')).logout,
  );
  const profile = program
    .command('profile')
    .description('List and choose the gateways that you are signed in to');
  addCommand(
    profile,
    'list',
    'List the profiles',
    'portcullis profile list',
    async () => (await import('../commands/login.ts')).listProfiles,
  );
  addCommand(
    profile,
    'use <name>',
    'Use a profile from now on',
    'portcullis profile use staging',
    async () => (await import('../commands/login.ts')).useProfile,
  );
  addCommand(
    program,
    'whoami',
    'Show which gateway, project and key are in use',
    'portcullis whoami --json',
    async () => (await import('../commands/login.ts')).whoami,
  );
}
