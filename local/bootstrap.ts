import * as z from 'zod';
import type { Gateway } from './gateway.ts';
import type { StateDirectory } from './state-directory.ts';

const OUTPUT = 'BootstrapFunctionName';

const resultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('created'),
    org_api_key: z.string(),
    project_id: z.string(),
    api_key: z.string(),
  }),
  z.object({ status: z.literal('exists') }),
]);

/** The first keys of a store. */
export interface FirstKeys {
  readonly PORTCULLIS_ORG_API_KEY: string;
  readonly PORTCULLIS_PROJECT_ID: string;
  readonly PORTCULLIS_API_KEY: string;
}

/**
 * Makes the first keys of an empty store, as `npm run bootstrap` does for a deployed stack. They are shown once, so
 * they are written to the env file at once; from then on they come from there.
 *
 * @throws Error that says what to do when the store has keys that the env file does not
 */
export async function bootstrap(gateway: Gateway, state: StateDirectory): Promise<FirstKeys> {
  const functionName = gateway.output(OUTPUT);
  if (functionName === undefined) throw new Error(`The stack has no output ${OUTPUT}`);
  const known = state.readEnvironment();
  const result = resultSchema.parse(await gateway.invoke(functionName, {}));
  if (result.status === 'created') {
    const keys = {
      PORTCULLIS_ORG_API_KEY: result.org_api_key,
      PORTCULLIS_PROJECT_ID: result.project_id,
      PORTCULLIS_API_KEY: result.api_key,
    };
    state.writeEnvironment(keys);
    return keys;
  }
  const { PORTCULLIS_ORG_API_KEY, PORTCULLIS_PROJECT_ID, PORTCULLIS_API_KEY } = known;
  if (!PORTCULLIS_ORG_API_KEY || !PORTCULLIS_PROJECT_ID || !PORTCULLIS_API_KEY)
    throw new Error(lostKeys(state));
  return { PORTCULLIS_ORG_API_KEY, PORTCULLIS_PROJECT_ID, PORTCULLIS_API_KEY };
}

/** @returns what to do when nobody has the keys of the store any more */
export function lostKeys(state: StateDirectory): string {
  return `The keys of this store are lost: it has data, but ${state.file('env')} does not hold its keys. Remove ${state.path} and start again.`;
}
