import { EventEmitter } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { lambdaListener } from './aws-services/lambda.ts';
import { startSchedules } from './events/schedules.ts';
import { closeServer, listen } from './http-server.ts';
import { createAsynchronousInvocations } from './lambda/asynchronous.ts';
import { readAsynchronousSettings } from './lambda/asynchronous-settings.ts';
import { deadLetterFiles } from './lambda/dead-letters.ts';
import { createFunctions, type LogSource } from './lambda/functions.ts';
import { createLogFiles, logRetention } from './logs/files.ts';
import { createLogSubscriptions, type LogLine } from './logs/subscriptions.ts';
import { readRestApi } from './rest-api/model.ts';
import { createRestApiServer } from './rest-api/serve.ts';
import type { Stack } from './template/assembly.ts';
import { createResolver } from './template/resolver.ts';
import { type After, after as afterTimeout } from './timers.ts';

/** API Gateway's limit for the request line and all headers: 10,240 bytes. */
const MAX_HEADER_BYTES = 10_240;
/** Longer than clients keep an idle connection, so that they close it, and no request meets a closing one. */
const KEEP_ALIVE_MS = 350_000;
/** Milliseconds for the headers and for the whole of a request, as Node has them: AWS does not say what API Gateway allows. */
const PATIENCE = { headersTimeout: 60_000, requestTimeout: 300_000, connectionsCheckingInterval: 5_000 };

export interface GatewayOptions {
  /** What to serve: a stack of a cloud assembly, its template possibly changed. */
  readonly stack: Stack;
  /** Host and port under which clients know the gateway. */
  readonly domainName: string;
  /** Added to the environment of every function. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the functions print is appended to `{function}.{day}.log` here; nowhere when left out. */
  readonly logDirectory?: string;
  /** What goes to a dead-letter queue of the stack is appended to `{queue}.jsonl` here; it is dropped when left out. */
  readonly deadLetterDirectory?: string;
  /** Told about mistakes that AWS would only log. */
  readonly report?: (problem: string) => void;
  /** The timers of schedules, log deliveries and second attempts; those of Node when left out. */
  readonly after?: After;
}

/** A stack, served by this process; bound to no port yet. */
export interface Gateway {
  readonly listener: RequestListener;
  /** Answers the Lambda API, for functions that invoke others. */
  readonly lambdaListener: RequestListener;
  /** Emits `line` with each {@link LogLine}. */
  readonly logs: EventEmitter<{ line: [LogLine] }>;
  /**
   * Invokes a function directly, as `aws lambda invoke` does.
   *
   * @param name name or logical id of the function
   * @throws Error with the function's message when it fails
   */
  invoke(name: string, payload: unknown): Promise<unknown>;
  /** @returns the value of a stack output, undefined when there is none of that name */
  output(name: string): string | undefined;
  /** Delivers the log lines that are under way, and stops everything. */
  close(): Promise<void>;
}

/**
 * @param options what to serve; its schedules begin at once
 * @returns the stack's REST API and functions, as they would be on AWS
 * @throws Error that names what cannot be served as AWS would
 */
export function createGateway(options: GatewayOptions): Gateway {
  const {
    stack,
    domainName,
    environment = {},
    logDirectory,
    deadLetterDirectory,
    report = () => {},
    after = afterTimeout,
  } = options;
  const logs = new EventEmitter<{ line: [LogLine] }>();
  const resolver = createResolver(stack);
  const files =
    logDirectory === undefined ? undefined : createLogFiles(logDirectory, logRetention(resolver), report);

  function log({ name: functionName, logGroup }: LogSource, message: string): void {
    logs.emit('line', { functionName, logGroup, message, timestamp: Date.now() });
    files?.write(functionName, message);
  }

  const functions = createFunctions(stack, resolver, { environment, log });
  const listener = createRestApiServer(readRestApi(resolver), functions, domainName, report);
  const asynchronous = createAsynchronousInvocations({
    settings: readAsynchronousSettings(resolver),
    deadLetters: deadLetterDirectory === undefined ? undefined : deadLetterFiles(deadLetterDirectory),
    after,
    report,
  });
  const subscriptions = createLogSubscriptions(resolver, functions, asynchronous, after, report);
  logs.on('line', subscriptions.take);
  const stopSchedules = startSchedules(resolver, functions, asynchronous, after);

  return {
    listener,
    lambdaListener: lambdaListener(functions, asynchronous, report),
    logs,
    async invoke(name, payload) {
      const outcome = await functions.named(name).invoke(JSON.stringify(payload));
      if (!outcome.ok) throw new Error(`${name} failed: ${outcome.error.errorMessage}`);
      return JSON.parse(outcome.payload);
    },
    output: (name) => resolver.output(name),
    async close() {
      stopSchedules();
      await subscriptions.close();
      const settled = asynchronous.close();
      await functions.close();
      await settled;
      await files?.close();
    },
  };
}

/**
 * @param patience how long a request may take to arrive: then it is answered 408, and its connection is cut
 * @returns an HTTP server with the limits of API Gateway; a stream may last as long as its integration allows
 */
export function createGatewayServer(listener: RequestListener, patience = PATIENCE): Server {
  return createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, ...patience },
    listener,
  );
}

/** A gateway that listens. */
export interface RunningGateway extends Gateway {
  readonly url: string;
  readonly port: number;
}

/**
 * @param options what to serve, and on which port: 0 for any free one
 * @returns the gateway, listening on 127.0.0.1 and ready
 */
export async function startGateway(
  options: Omit<GatewayOptions, 'domainName'> & { readonly port: number },
): Promise<RunningGateway> {
  let gateway: Gateway | undefined;
  const server = createGatewayServer((request, response) => gateway?.listener(request, response));
  const port = await listen(server, options.port);
  const domainName = `127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    await closeServer(server);
    await gateway?.close();
  };
  try {
    gateway = createGateway({ ...options, domainName });
  } catch (error) {
    await close();
    throw error;
  }
  return { ...gateway, url: `http://${domainName}`, port, close };
}
