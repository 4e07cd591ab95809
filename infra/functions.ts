/**
 * The functions of the stack. The name is the entry file, `functions/{name}.ts`, and the folder of its bundle.
 * Memory buys CPU in proportion, so it sets the cold start; the timeouts are those of the slowest honest answer.
 */
export const FUNCTIONS = {
  authorizer: {
    description: 'Decides for every call whether the gate lets it in',
    memoryMegabytes: 512,
    timeoutSeconds: 5,
  },
  mcp: {
    description: 'Relays a call to the MCP server of a project, streaming both ways',
    memoryMegabytes: 1024,
    // Lambda's own limit: an open stream lives at most this long.
    timeoutSeconds: 15 * 60,
  },
  'project-config': {
    description: 'GET and PATCH of the settings of a project',
    memoryMegabytes: 256,
    timeoutSeconds: 10,
  },
  organization: {
    description: 'Creates, lists and deletes projects',
    memoryMegabytes: 256,
    timeoutSeconds: 10,
  },
  'api-keys': {
    description: 'Creates, lists, changes, rotates and revokes the API keys of a project',
    memoryMegabytes: 256,
    timeoutSeconds: 10,
  },
  'mcp-servers': {
    description: 'Registers, lists, changes and deletes the MCP servers of a project',
    memoryMegabytes: 512,
    // With the look at a server that is registered, which may take five.
    timeoutSeconds: 20,
  },
  attribution: {
    description: 'Tells who called what, who would be refused, and who changed what',
    // A page of rows is merged from sixteen partitions, and an export has many.
    memoryMegabytes: 512,
    timeoutSeconds: 15,
  },
  'project-purge': {
    description:
      'Removes the data of deleted projects. Has no route: started by a deletion and by a schedule',
    memoryMegabytes: 256,
    timeoutSeconds: 5 * 60,
  },
  'log-writer': {
    description:
      'Stores rows and counts of calls. Has no route: gets the records that authorizer and relay print',
    memoryMegabytes: 512,
    timeoutSeconds: 60,
  },
  bootstrap: {
    description:
      'Makes the organization key, the first project and its first key. Has no route: invoked with AWS rights',
    memoryMegabytes: 256,
    timeoutSeconds: 30,
  },
  web: {
    description: 'Serves the API document, its reference page and the dashboard, to everybody',
    memoryMegabytes: 256,
    timeoutSeconds: 10,
  },
  'open-routes': {
    description:
      'Answers what needs no key: health, OAuth discovery, and 404 for every path that is no route',
    memoryMegabytes: 128,
    timeoutSeconds: 5,
  },
} as const satisfies Record<string, FunctionSize>;

/** Those that no request reaches by itself: they have no route. */
export type BackgroundFunction = 'authorizer' | 'bootstrap' | 'project-purge' | 'log-writer';

/** The module of a bundle that Lambda loads, without its extension. */
export const BUNDLE_MODULE = 'index';

/** What an entry exports. */
export const HANDLER_EXPORT = 'handler';

export type FunctionName = keyof typeof FUNCTIONS;

export interface FunctionSize {
  readonly description: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
}
