import * as z from 'zod';
import type { Stack } from '../template/assembly.ts';
import { LOCAL_ENVIRONMENT } from '../template/environment.ts';
import type { Resolver } from '../template/resolver.ts';
import { LambdaFunction } from './function.ts';

/** Every Lambda function of the stack; each starts with its first use. */
export interface Functions {
  /** @returns the function with that ARN @throws Error when the stack has none */
  byArn(arn: string): LambdaFunction;
  /** @returns the function with that name or logical id @throws Error when the stack has none */
  named(name: string): LambdaFunction;
  close(): Promise<void>;
}

/** Surroundings of the functions that are not in the template. */
export interface FunctionSurroundings {
  /** Added to each function's environment, over the template's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets each line that a function prints, without the line break. */
  log(functionName: string, line: string): void;
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
  return new LambdaFunction(name, {
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
      AWS_LAMBDA_LOG_GROUP_NAME: LoggingConfig.LogGroup ?? `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_LAMBDA_LOG_FORMAT: LoggingConfig.LogFormat,
      LAMBDA_TASK_ROOT: taskRoot,
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      _HANDLER: Handler,
      LANG: 'en_US.UTF-8',
      TZ: 'UTC',
      ...environment,
    },
    log: (line) => log(name, line),
  });
}
