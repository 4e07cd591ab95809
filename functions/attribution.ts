import { ApiError } from './domain/errors.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { managementHandler } from './http/management.ts';
import { pageReader } from './http/pages.ts';
import { signedCursors } from './secrets/cursors.ts';
import { rootSecret } from './secrets/root-secret.ts';
import { documentClient } from './table/client.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };
const cursors = signedCursors(rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) }));
const readPage = pageReader(cursors);

const notYet = async (): Promise<never> => {
  throw new ApiError('not_found', { message: `${table.name} ${readPage.name}` });
};

/** Who called what, who would be refused, and who changed what. It reads and never writes. */
export const handler = managementHandler('attribution', {
  'GET /api/v3/org/project/logs': notYet,
  'GET /api/v3/org/project/logs/{id}': notYet,
  'GET /api/v3/org/project/usage': notYet,
  'GET /api/v3/org/project/mcp_api_key_readiness': notYet,
  'GET /api/v3/org/project/audit': notYet,
  'GET /api/v3/org/owner/audit': notYet,
  'GET /api/v3/auth/session/info': notYet,
});
