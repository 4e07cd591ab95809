import * as z from 'zod';
import { startGateway } from '../gateway.ts';
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
