/** What to paste into one MCP client. */
export interface ClientConfiguration {
  /** Stable, such as `claude-code`. */
  readonly client: string;
  readonly title: string;
  /** Where it goes: a command to run, a file to edit, code, or settings in a UI. */
  readonly kind: 'command' | 'file' | 'code' | 'settings';
  /** The usual places of the file; empty when it is none. */
  readonly files: readonly string[];
  readonly language: 'sh' | 'json' | 'toml' | 'typescript' | 'text';
  /** Holds the placeholder of a key or the variable `PORTCULLIS_API_KEY`, never a key. */
  readonly content: string;
  /** The header that carries the key. */
  readonly header: 'authorization' | 'x-api-key';
}

/** The address, which is untrusted text until it is quoted, and the name of the entry, which needs no quotes. */
interface Place {
  readonly url: string;
  readonly key: string;
}

interface ClientTemplate extends Omit<ClientConfiguration, 'content'> {
  readonly content: (place: Place) => string;
}

const MAX_KEY_LENGTH = 40;

/**
 * @param server its full address, and its name as it was given
 * @returns the configuration of every client of docs/clients.md, in its order
 */
export function clientConfigurations(server: {
  readonly mcpUrl: string;
  readonly name: string;
}): ClientConfiguration[] {
  const place = { url: plainUrl(server.mcpUrl), key: serverKey(server.name) };
  return CLIENTS.map((template) => ({ ...template, content: template.content(place) }));
}

/** @returns 1 to 40 of a-z, 0-9 and, between them, `-` */
const serverKey = (name: string): string =>
  (name.toLowerCase().match(/[a-z0-9]+/g) ?? []).join('-').slice(0, MAX_KEY_LENGTH).replace(/-$/, '') ||
  'portcullis';

/**
 * Whatever no URL holds (RFC 3986, section 2) is percent-encoded, and `$` as well: clients fill in `$NAME`, `${…}` and
 * `{env:…}` wherever these stand in their files.
 */
const plainUrl = (url: string): string =>
  url.toWellFormed().replace(/[^\w.~:/?#[\]@!&'()*+,;=%-]/gu, encodeURIComponent);

/** One word of a POSIX shell. */
const shell = (text: string): string =>
  /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A string of JSON; of visible ASCII it is a basic string of TOML too. */
const json = (text: string): string => JSON.stringify(text);

/** OpenAI takes no label that starts with a digit. */
const label = (key: string): string => (/^\d/.test(key) ? `portcullis-${key}` : key);

/** A string literal of TypeScript, on one line. */
const literal = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

const imports = (names: string, module: string): string => `import { ${names} } from ${literal(module)};`;

const connect = ({ url }: Place, options: string): string => `const client = new Client(${options});
await client.connect(
  new StreamableHTTPClientTransport(new URL(${literal(url)}), {
    requestInit: { headers: { 'x-api-key': process.env.PORTCULLIS_API_KEY ?? '' } },
  }),
);`;

const CLIENTS: readonly ClientTemplate[] = [
  {
    client: 'claude-code',
    title: 'Claude Code',
    kind: 'file',
    files: ['~/.claude.json', '.mcp.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "type": "http",
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'codex',
    title: 'Codex',
    kind: 'file',
    files: ['~/.codex/config.toml'],
    language: 'toml',
    header: 'authorization',
    content: ({ url, key }) => `[mcp_servers.${key}]
url = ${json(url)}
bearer_token_env_var = "PORTCULLIS_API_KEY"`,
  },
  {
    client: 'gemini-cli',
    title: 'Gemini CLI',
    kind: 'file',
    files: ['.gemini/settings.json', '~/.gemini/settings.json'],
    language: 'json',
    header: 'x-api-key',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "httpUrl": ${json(url)},
      "headers": { "x-api-key": "$PORTCULLIS_API_KEY" }
    }
  }
}`,
  },
  {
    client: 'opencode',
    title: 'opencode',
    kind: 'file',
    files: ['~/.config/opencode/opencode.json', 'opencode.json'],
    language: 'json',
    header: 'x-api-key',
    content: ({ url, key }) => `{
  "$schema": "https://opencode.ai/config.json",
  "mcp": {
    ${json(key)}: {
      "type": "remote",
      "url": ${json(url)},
      "oauth": false,
      "headers": { "x-api-key": "{env:PORTCULLIS_API_KEY}" }
    }
  }
}`,
  },
  {
    client: 'mcp-remote',
    title: 'mcp-remote (Claude Desktop and other stdio clients)',
    kind: 'file',
    files: [
      '~/Library/Application Support/Claude/claude_desktop_config.json',
      '%APPDATA%\\Claude\\claude_desktop_config.json',
    ],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "command": "npx",
      "args": [
        "-y", "mcp-remote", ${json(url)},
        "--header", "Authorization:\${AUTH_HEADER}"
      ],
      "env": { "AUTH_HEADER": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'mcp-inspector',
    title: 'MCP Inspector',
    kind: 'command',
    files: [],
    language: 'sh',
    header: 'x-api-key',
    content: ({ url }) => `npx @modelcontextprotocol/inspector --cli ${shell(url)} --transport http \\
  --method tools/list --header "x-api-key: $PORTCULLIS_API_KEY"`,
  },
  {
    client: 'typescript-sdk-v1',
    title: 'TypeScript SDK v1',
    kind: 'code',
    files: [],
    language: 'typescript',
    header: 'x-api-key',
    content: (place) => `${imports('Client', '@modelcontextprotocol/sdk/client/index.js')}
${imports('StreamableHTTPClientTransport', '@modelcontextprotocol/sdk/client/streamableHttp.js')}

${connect(place, "{ name: 'example', version: '1' }")}`,
  },
  {
    client: 'typescript-sdk-v2',
    title: 'TypeScript SDK v2',
    kind: 'code',
    files: [],
    language: 'typescript',
    header: 'x-api-key',
    content: (place) => `${imports('Client, StreamableHTTPClientTransport', '@modelcontextprotocol/client')}

${connect(place, "{ name: 'example', version: '1' }, { versionNegotiation: { mode: 'auto' } }")}`,
  },
  {
    client: 'claude-ai',
    title: 'Claude.ai',
    kind: 'settings',
    files: [],
    language: 'text',
    header: 'authorization',
    content: ({ url, key }) => `Settings → Connectors → Add custom connector
Name: ${key}
Address: ${url}
Sign-in: No sign-in
Request headers: Authorization with the value Bearer ak_your_api_key`,
  },
  {
    client: 'anthropic-api',
    title: 'Anthropic API connector',
    kind: 'command',
    files: [],
    language: 'sh',
    header: 'authorization',
    content: ({ url, key }) => `curl https://api.anthropic.com/v1/messages \\
  -H "content-type: application/json" -H "x-api-key: $ANTHROPIC_API_KEY" \\
  -H "anthropic-version: 2023-06-01" -H "anthropic-beta: mcp-client-2025-11-20" \\
  -d ${shell(`{
    "model": "claude-sonnet-4-5", "max_tokens": 1000,
    "messages": [{"role": "user", "content": "Echo hello."}],
    "mcp_servers": [{"type": "url", "name": ${json(key)},
      "url": ${json(url)}, "authorization_token": "ak_your_api_key"}],
    "tools": [{"type": "mcp_toolset", "mcp_server_name": ${json(key)}}]
  }`)}`,
  },
  {
    client: 'cursor',
    title: 'Cursor',
    kind: 'file',
    files: ['.cursor/mcp.json', '~/.cursor/mcp.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer \${env:PORTCULLIS_API_KEY}" }
    }
  }
}`,
  },
  {
    client: 'vs-code',
    title: 'VS Code',
    kind: 'file',
    files: [
      '.vscode/mcp.json',
      '~/Library/Application Support/Code/User/mcp.json',
      '%APPDATA%\\Code\\User\\mcp.json',
      '~/.config/Code/User/mcp.json',
    ],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "inputs": [
    { "type": "promptString", "id": "${key}-key", "description": "Portcullis API key", "password": true }
  ],
  "servers": {
    ${json(key)}: {
      "type": "http",
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer \${input:${key}-key}" }
    }
  }
}`,
  },
  {
    client: 'copilot-cli',
    title: 'Copilot CLI',
    kind: 'file',
    files: ['~/.copilot/mcp-config.json', '.mcp.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "type": "http",
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer \${PORTCULLIS_API_KEY}" }
    }
  }
}`,
  },
  {
    client: 'windsurf',
    title: 'Windsurf',
    kind: 'file',
    files: ['~/.codeium/windsurf/mcp_config.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "serverUrl": ${json(url)},
      "headers": { "Authorization": "Bearer \${env:PORTCULLIS_API_KEY}" }
    }
  }
}`,
  },
  {
    client: 'zed',
    title: 'Zed',
    kind: 'file',
    files: ['%APPDATA%\\Zed\\settings.json', '~/.config/zed/settings.json', '.zed/settings.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "context_servers": {
    ${json(key)}: {
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'antigravity',
    title: 'Antigravity',
    kind: 'file',
    files: ['~/.gemini/antigravity/mcp_config.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "serverUrl": ${json(url)},
      "headers": { "Authorization": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'cline',
    title: 'Cline',
    kind: 'file',
    files: ['~/.cline/data/settings/cline_mcp_settings.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "type": "streamableHttp",
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'kiro',
    title: 'Kiro',
    kind: 'file',
    files: ['~/.kiro/settings/mcp.json', '.kiro/settings/mcp.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer \${PORTCULLIS_API_KEY}" }
    }
  }
}`,
  },
  {
    client: 'qwen-code',
    title: 'Qwen Code',
    kind: 'file',
    files: ['~/.qwen/settings.json', '.qwen/settings.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "httpUrl": ${json(url)},
      "headers": { "Authorization": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'roo-code',
    title: 'Roo Code',
    kind: 'file',
    files: ['.roo/mcp.json'],
    language: 'json',
    header: 'authorization',
    content: ({ url, key }) => `{
  "mcpServers": {
    ${json(key)}: {
      "type": "streamable-http",
      "url": ${json(url)},
      "headers": { "Authorization": "Bearer ak_your_api_key" }
    }
  }
}`,
  },
  {
    client: 'openai-responses-api',
    title: 'OpenAI Responses API',
    kind: 'command',
    files: [],
    language: 'sh',
    header: 'x-api-key',
    content: ({ url, key }) => `curl https://api.openai.com/v1/responses \\
  -H "content-type: application/json" -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -d ${shell(`{
    "model": "gpt-4.1",
    "input": "Echo hello.",
    "tools": [{"type": "mcp", "server_label": ${json(label(key))},
      "server_url": ${json(url)},
      "headers": {"x-api-key": "ak_your_api_key"}, "require_approval": "never"}]
  }`)}`,
  },
];
