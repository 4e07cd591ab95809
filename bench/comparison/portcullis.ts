import { once } from 'node:events';
import * as z from 'zod';
import { startGateway } from '../gateway.ts';
import { startWorker, stop } from './processes.ts';
import { api, OWN_TOOLS, type Way } from './way.ts';

const keySchema = z.object({ id: z.string(), key: z.string() });

/** Portcullis as `npm start` runs it, the gate raised. It throttles at the most that it can be told. */
export const portcullis = (name: string, options: readonly string[]): Way => ({
  name,
  async start(upstream) {
    const most = ['--throttle-rate', '10000', '--throttle-burst', '5000'];
    const gateway = await startGateway(`http://127.0.0.1:${upstream}/mcp`, [...most, ...options]);
    const project = `${gateway.url}/api/v3/org/project`;
    const own = { 'x-api-key': gateway.key };
    await api('PATCH', `${project}/config`, own, { require_mcp_api_key: true });
    const { id, key } = keySchema.parse(await api('POST', `${project}/api_keys`, own, { name: 'Client' }));
    return {
      target: { url: gateway.mcpUrl, headers: { 'x-api-key': key }, tools: OWN_TOOLS },
      pid: gateway.pid,
      revocation: async () => void (await api('DELETE', `${project}/api_keys/${id}`, own)),
      stop: gateway.stop,
    };
  },
});

const FUNCTIONS = new URL('functions.ts', import.meta.url);
const startedSchema = z.object({ port: z.number(), key: z.string(), path: z.string() });

/** What of Portcullis runs in Lambda, and nothing around it: see `functions.ts`. */
export const functionsAlone = (name: string, cacheSeconds: number): Way => ({
  name,
  async start(upstream) {
    const child = startWorker(FUNCTIONS, String(upstream), String(cacheSeconds));
    const [started] = await once(child, 'message');
    const { port, key, path } = startedSchema.parse(started);
    return {
      target: { url: `http://127.0.0.1:${port}${path}`, headers: { 'x-api-key': key }, tools: OWN_TOOLS },
      pid: Number(child.pid),
      async revocation() {
        child.send('revoke');
        await once(child, 'message');
      },
      stop: () => stop(child),
    };
  },
});
