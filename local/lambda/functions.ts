import * as z from 'zod';
import type { Stack } from '../template/assembly.ts';
import { LOCAL_ENVIRONMENT } from '../template/environment.ts';
import type { Resolver } from '../template/resolver.ts';
import { LambdaFunction } from './function.ts';

/** All that a function prints on this machine is one stream of its log group. */
export const LOG_STREAM = 'local';

const ALIAS = 'AWS::Lambda::Alias';

/** Every Lambda function of the stack; each starts with its first use. */
export interface Functions {
  /** @returns the function with that ARN, its own or that of an alias @throws Error when the stack has none */
  byArn(arn: string): LambdaFunction;
  /** @returns the function with that name or ARN, undefined when the stack has none */
  find(nameOrArn: string): LambdaFunction | undefined;
  /** @returns the function with that name or logical id @throws Error when the stack has none */
  named(name: string): LambdaFunction;
  close(): Promise<void>;
}

/** Where a line was printed. */
export type LogSource = Pick<LambdaFunction, 'name' | 'logGroup'>;

/** Surroundings of the functions that are not in the template. */
export interface FunctionSurroundings {
  /** Added to each function's environment, over the template's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets each line that a function prints, without the line break. */
  log(source: LogSource, line: string): void;
}

const propertiesSchema = z.object({
  Runtime: z.string().regex(/^nodejs/, 'only Node functions run here'),
  Handler: z.string(),
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).default({ Variables: {} }),
  Timeout: z.coerce.number().default(3),
  MemorySize: z.coerce.string().default('128'),
  Layers: z.array(z.unknown()).max(0, 'layers are not supported here').optional(),
  LoggingConfig: z
    .object({ LogFormat: z.enum(['Text', 'JSON']).default('Text'), LogGroup: z.string().optional() })
    .default({ LogFormat: 'Text' }),
});

/**
 * @param stack the stack, for its bundles
 * @param resolver the stack's resolver
 * @param surroundings what the template does not say
 * @returns its functions
 */
export function createFunctions(
  stack: Stack,
  resolver: Resolver,
  surroundings: FunctionSurroundings,
): Functions {
  const logicalIds = resolver.resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ logicalId }) => logicalId);
  const arns = new Map(logicalIds.map((logicalId) => [resolver.attribute(logicalId, 'Arn'), logicalId]));
  const names = new Map(logicalIds.map((logicalId) => [resolver.attribute(logicalId), logicalId]));
  for (const { logicalId: alias, properties } of resolver.resources.filter(({ type }) => type === ALIAS)) {
    const named = names.get(String(resolver.resolve(properties.FunctionName, alias)));
    if (named !== undefined) arns.set(resolver.attribute(alias), named);
  }
  const functions = new Map<string, LambdaFunction>();

  // Only when it is used: a function that cannot run here harms nobody until somebody calls it.
  function get(logicalId: string): LambdaFunction {
    const existing = functions.get(logicalId);
    if (existing !== undefined) return existing;
    const created = createFunction(logicalId, stack, resolver, surroundings);
    functions.set(logicalId, created);
    return created;
  }

  return {
    byArn(arn) {
      const logicalId = arns.get(arn);
      if (logicalId === undefined) throw new Error(`The stack has no function ${arn}`);
      return get(logicalId);
    },
    find(nameOrArn) {
      const logicalId = arns.get(nameOrArn) ?? names.get(nameOrArn);
      return logicalId === undefined ? undefined : get(logicalId);
    },
    named(name) {
      const logicalId = names.get(name) ?? logicalIds.find((id) => id === name);
      if (logicalId === undefined) throw new Error(`The stack has no function ${name}`);
      return get(logicalId);
    },
    close: async () => {
      await Promise.all([...functions.values()].map((lambdaFunction) => lambdaFunction.close()));
    },
  };
}

/** @returns a schema that takes the ARN of a function of the stack, and gives the function */
export function functionArn(functions: Functions): z.ZodType<LambdaFunction> {
  return z.string().transform((arn, context) => {
    const lambdaFunction = functions.find(arn);
    if (lambdaFunction !== undefined) return lambdaFunction;
    context.addIssue(`the stack has no function ${arn}`);
    return z.NEVER;
  });
}

function createFunction(
  logicalId: string,
  stack: Stack,
  resolver: Resolver,
  { environment, log }: FunctionSurroundings,
): LambdaFunction {
  const properties =
    resolver.resources.find((resource) => resource.logicalId === logicalId)?.properties ?? {};
  const used = Object.fromEntries(
    Object.keys(propertiesSchema.shape).map((key) => [
      key,
      resolver.resolve(properties[key], `${logicalId}.${key}`),
    ]),
  );
  const parsed = propertiesSchema.safeParse(used);
  if (!parsed.success) {
    throw new Error(
      `The function ${logicalId} cannot run on this machine:\n${z.prettifyError(parsed.error)}`,
    );
  }
  const { Runtime, Handler, Code, Environment, Timeout, MemorySize, LoggingConfig } = parsed.data;
  const taskRoot = stack.assetDirectory(Code.S3Key);
  if (taskRoot === undefined) throw new Error(`The function ${logicalId} has no bundle ${Code.S3Key}`);

  const name = resolver.attribute(logicalId);
  const logGroup = LoggingConfig.LogGroup ?? `/aws/lambda/${name}`;
  return new LambdaFunction(name, logGroup, {
    taskRoot,
    handler: Handler,
    logFormat: LoggingConfig.LogFormat,
    arn: resolver.attribute(logicalId, 'Arn'),
    timeoutSeconds: Timeout,
    environment: {
      ...Environment.Variables,
      AWS_REGION: LOCAL_ENVIRONMENT.region,
      AWS_DEFAULT_REGION: LOCAL_ENVIRONMENT.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: 'local',
      AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: MemorySize,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: LOG_STREAM,
      AWS_LAMBDA_LOG_FORMAT: LoggingConfig.LogFormat,
      LAMBDA_TASK_ROOT: taskRoot,
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      _HANDLER: Handler,
      LANG: 'en_US.UTF-8',
      TZ: 'UTC',
      ...environment,
    },
    log: (line) => log({ name, logGroup }, line),
  });
}
