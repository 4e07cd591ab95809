/** What a page, or a program, does with the client. */
import { createPortcullis, isPortcullisError } from 'portcullis/client';

export async function keyNames(url: string, apiKey: string): Promise<string[]> {
  const portcullis = createPortcullis({ url, apiKey });
  const names: string[] = [];
  for await (const key of portcullis.paginate('listApiKeys', { query: { limit: 1 } })) names.push(key.name);
  return names;
}

export async function raise(url: string, apiKey: string): Promise<'raised' | 'not allowed'> {
  try {
    await createPortcullis({ url, apiKey }).updateProjectConfig({ body: { require_mcp_api_key: true } });
    return 'raised';
  } catch (error) {
    if (isPortcullisError(error, 'APIKey_InsufficientPermissions')) return 'not allowed';
    throw error;
  }
}

export async function refused(url: string): Promise<void> {
  const portcullis = createPortcullis({ url });
  // @ts-expect-error a setting has a type
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: 'yes' } });
  // @ts-expect-error there is no such operation
  await portcullis.openTheGate();
}
