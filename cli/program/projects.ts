import type { Command } from 'commander';
import { addCommand, yesOption } from '../command.ts';

const load = () => import('../commands/projects.ts');

export function addProjects(program: Command): void {
  const project = program
    .command('project')
    .description('Create, list and delete projects, with the key of the organization');
  addCommand(
    project,
    'create <name>',
    'Create a project and print its id, or its first key',
    `portcullis project create Research
     portcullis project create Research --with-key > key.txt`,
    async () => (await load()).create,
  ).option('--with-key', 'make its first key, which can do everything, and print it, this once');
  addCommand(
    project,
    'list',
    'List the projects',
    `portcullis project list
     portcullis project list --deleting --json`,
    async () => (await load()).list,
  ).option('--deleting', 'those that are gone, and whose data is still to go');
  addCommand(
    project,
    'rm <project>',
    'Delete a project, by id or name',
    `portcullis project rm Research
     portcullis project rm pr_0mwzie3qil7S --yes`,
    async () => (await load()).remove,
  ).addOption(yesOption());
}
