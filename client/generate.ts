/** `npm run generate`: writes what the client knows of the API, from the gateway's own document. */
import { writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { type ApiDocument, openApiDocument } from '../functions/http/openapi.ts';

const NOTE = '// Generated from the OpenAPI document by `npm run generate`: do not edit.\n\n';

/** @returns the content of each generated file, by its name in this folder */
export async function generated(): Promise<Record<string, string>> {
  const document = openApiDocument({
    url: 'https://gateway.example.org',
    limits: { requestsPerSecond: 1_000, burst: 2_000 },
  });
  const types = astToString(await openapiTS(JSON.stringify(document), { defaultNonNullable: false }));
  return {
    'api-types.ts': NOTE + types,
    'operations.ts': `${NOTE}/** How each operation is called, by its id. */\nexport const OPERATIONS = ${JSON.stringify(operationsOf(document), null, 2)} as const;\n`,
  };
}

interface Described {
  readonly operationId?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly object[];
  readonly 'x-idempotent'?: boolean;
}

function operationsOf({ paths = {} }: ApiDocument): Record<string, object> {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Described>).map(([method, operation]) => {
      const takes = (name: string) =>
        (operation.parameters ?? []).some((parameter) => 'name' in parameter && parameter.name === name);
      const [security] = operation.security ?? [];
      return [
        operation.operationId ?? '',
        {
          method: method.toUpperCase(),
          path,
          needs:
            security === undefined ? 'nothing' : 'OrganizationKey' in security ? 'organizationKey' : 'apiKey',
          idempotent: operation['x-idempotent'] === true,
          takesIdempotencyKey: takes('idempotency-key'),
          isPaged: takes('cursor'),
        },
      ] as const;
    }),
  );
  return Object.fromEntries(operations);
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, content] of Object.entries(await generated())) {
    writeFileSync(new URL(name, import.meta.url), content);
  }
}
