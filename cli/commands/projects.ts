import type { GlobalOptions } from '../command.ts';
import { moment, note, print, printable, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { confirm, mustBeSure } from '../prompts.ts';
import { findProject, take } from '../resolve.ts';
import { announce, openOrganization } from '../session.ts';

export async function create(
  options: GlobalOptions & { readonly withKey?: boolean },
  name = '',
): Promise<void> {
  const session = await openOrganization(options);
  announce(session);
  const project = await progress(
    'Making the project',
    session.client.createProject({ body: { name, should_create_api_key: options.withKey === true } }),
  );
  if (options.json) return void printJson(project);
  note(printable(`Created ${project.name} (${project.id}).`));
  if (project.api_key === undefined) return void print(project.id);
  note('Its first key can do everything, and is shown this once:');
  print(project.api_key);
}

export async function list(options: GlobalOptions & { readonly deleting?: boolean }): Promise<void> {
  const { client } = await openOrganization(options);
  const query = { limit: 100, status: options.deleting ? 'deleting' : 'active' } as const;
  const items = await progress('Reading the projects', take(client.paginate('listProjects', { query })));
  if (options.json) return void printJson({ items });
  await printTable(
    ['id', 'name', 'created'],
    items.map(({ id, name, created_at }) => [id, name, moment(created_at)]),
    options.deleting
      ? 'No project is being deleted.'
      : 'There is no project. portcullis project create makes one.',
  );
}

export async function remove(
  options: GlobalOptions & { readonly yes?: boolean },
  wanted = '',
): Promise<void> {
  mustBeSure(options.yes);
  const session = await openOrganization(options);
  const { id, name } = await progress('Reading the projects', findProject(session.client, wanted));
  announce(session);
  await confirm(
    printable(
      `Delete ${name} (${id}), with all its keys, servers and logs? Its clients are refused at once.`,
    ),
    options.yes,
  );
  const deletion = await progress('Deleting the project', session.client.deleteProject({ path: { id } }));
  if (options.json) printJson(deletion);
  else print(printable(`${name} is deleted. Its data goes in the background.`));
}
