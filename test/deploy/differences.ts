/** Acceptance tests that are about one machine: they start gateways with options of their own, stop the store, or read files. */
export const LOCAL_FILES: Readonly<Record<string, string>> = {
  'hostile-load.test.ts': 'floods one machine, and reads what memory its process has had',
  'readme.test.ts': 'runs the commands of the README, which begin with npm start',
  'store-outage.test.ts': 'stops the process of the store',
  'stream-limits.test.ts': 'starts a gateway with a shorter limit, and streams are buffered by the emulator',
  'openapi.test.ts':
    'stops the store and serves the template anew, to see every answer that the document has',
};

/** What a test of a deployment cannot do without. The others take too long to be run with every change. */
export const TELLING_FILES = [
  'gate.test.ts',
  'relay.test.ts',
  'sessions.test.ts',
  'tools.test.ts',
  'keys.test.ts',
  'servers.test.ts',
  'projects.test.ts',
  'management.test.ts',
  'upstream-credentials.test.ts',
];

/** Tests that end otherwise on the emulated deployment than on `npm start`, and why. */
export type Difference = {
  readonly file: string;
  /** Of the whole name of a test; what it matches has to fail. */
  readonly tests: RegExp;
  readonly reason: string;
} & (
  | {
      /** Of what it fails with: anything else is no difference of the emulator, but a fault. */
      readonly fails: RegExp;
    }
  | {
      /** It would never end, and is left out. */
      readonly hangs: true;
    }
);

const JOINED = 'The emulator joins a header that is sent twice into one value; API Gateway hands on both.';
const BUFFERED = 'The emulator answers when all of a stream is there; API Gateway streams.';
const FILES = 'It reads the files, or the output, of a gateway of this machine.';

const AS_ONE_KEY = /API key is not valid for this MCP server/;

export const DIFFERENCES: readonly Difference[] = [
  { file: 'gate.test.ts', tests: /as the same key twice$/, fails: AS_ONE_KEY, reason: JOINED },
  { file: 'gate.test.ts', tests: /x-api-key twice with different values/, fails: AS_ONE_KEY, reason: JOINED },
  {
    file: 'gate.test.ts',
    tests: /a request over the size limit is 413$/,
    // What the MCP server answers; or that it has closed the connection before it had all, and the answer is lost.
    fails: /^\+ +"code": -32000,$|^Received: 502$/m,
    reason: 'The emulator does not limit the event of a function; Lambda takes 6 MB.',
  },
  {
    file: 'management.test.ts',
    tests: /two different keys$/,
    fails: /^\+ +"slug": "APIKey_InvalidAPIKey",$/m,
    reason: JOINED,
  },
  {
    file: 'relay.test.ts',
    tests: /arrives piece by piece/,
    // The stream has no end, so the emulator answers itself.
    fails: /Expected: "text\/event-stream"\nReceived: "application\/json"/,
    reason: BUFFERED,
  },
  {
    file: 'relay.test.ts',
    tests: /breaks off does not end as if it were whole/,
    fails: /Received promise resolved instead of rejected/,
    reason: BUFFERED,
  },
  {
    file: 'relay.test.ts',
    tests: /whose client leaves (before the answer begins )?is ended at the server$/,
    reason: 'A function is not told that the client has left, on AWS as here.',
    hangs: true,
  },
  {
    file: 'attribution.test.ts',
    tests: /of a flood, the first have rows of their own, and the others are counted in one$/,
    fails: /Expected: (60|< 10)\nReceived: +\d+/,
    reason:
      'The emulator starts an instance for each of 60 calls at once, and floods are counted by instance.',
  },
  {
    file: 'keys.test.ts',
    tests: /is recorded once a minute for each key/,
    fails: /its folder cannot be had of it/,
    reason: FILES,
  },
  {
    file: 'upstream-credentials.test.ts',
    tests: /are still known after a restart of the gateway$/,
    // It was stopped, which takes its project away.
    fails: /Expected: 200\nReceived: 404/,
    reason: 'A deployed gateway is not started anew.',
  },
  {
    file: 'upstream-credentials.test.ts',
    tests: /is in no log$/,
    fails: /what it printed cannot be had of it/,
    reason: FILES,
  },
  {
    file: 'upstream-credentials.test.ts',
    tests: /is in no file of the gateway/,
    fails: /Expected: true\nReceived: false/,
    reason: FILES,
  },
];
