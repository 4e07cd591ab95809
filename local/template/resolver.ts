import * as z from 'zod';
import type { Stack } from './assembly.ts';
import { attributesOf } from './attributes.ts';
import { LOCAL_ENVIRONMENT, localArn } from './environment.ts';

/** A resource of the template whose condition holds. */
interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** Intrinsic functions unresolved. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Answers what CloudFormation would put where the template has an intrinsic function. */
export interface Resolver {
  /** Every resource whose condition holds, in the template's order. */
  readonly resources: readonly Resource[];
  /**
   * @param value any part of the template
   * @param where what is being resolved, for the error's message: a logical id, best with the property
   * @returns the value without intrinsic functions; `AWS::NoValue` leaves its property or element out
   * @throws Error that names the intrinsic function, and `where`, when it cannot be resolved here
   */
  resolve(value: unknown, where: string): unknown;
  /** @returns the value of `Ref` (the default) or of an attribute */
  attribute(logicalId: string, name?: string): string;
  /** @returns the resolved value of a stack output, undefined when there is none of that name */
  output(name: string): string | undefined;
}

/** `Fn::GetAtt` takes a pair or `resource.attribute`. */
const getAttArguments = z.union([
  z.tuple([z.string(), z.string()]),
  z
    .string()
    .regex(/^\w+\../)
    .transform((path): [string, string] => {
      const dot = path.indexOf('.');
      return [path.slice(0, dot), path.slice(dot + 1)];
    }),
]);

/**
 * @param stack the stack, its template possibly changed by a test
 * @returns a resolver for it
 */
export function createResolver(stack: Stack): Resolver {
  const { template, name: stackName } = stack;
  const pseudoParameters: Readonly<Record<string, unknown>> = {
    'AWS::Region': LOCAL_ENVIRONMENT.region,
    'AWS::AccountId': LOCAL_ENVIRONMENT.accountId,
    'AWS::Partition': LOCAL_ENVIRONMENT.partition,
    'AWS::URLSuffix': LOCAL_ENVIRONMENT.urlSuffix,
    'AWS::StackName': stackName,
    'AWS::StackId': localArn('cloudformation', `stack/${stackName}/local`),
    'AWS::NoValue': undefined,
  };

  const intrinsics: Readonly<Record<string, (argument: unknown, where: string) => unknown>> = {
    Ref: (argument, where) => reference(z.string().parse(argument), where),
    'Fn::GetAtt': (argument, where) => getAtt(resolve(argument, where), where),
    'Fn::Join': (argument, where) => {
      const [separator, parts] = z
        .tuple([z.string(), z.array(z.coerce.string())])
        .parse(resolve(argument, where));
      return parts.join(separator);
    },
    'Fn::Select': (argument, where) => {
      const [index, list] = z
        .tuple([z.coerce.number(), z.array(z.unknown())])
        .parse(resolve(argument, where));
      return list[index];
    },
    'Fn::Split': (argument, where) => {
      const [separator, text] = z.tuple([z.string(), z.string()]).parse(resolve(argument, where));
      return text.split(separator);
    },
    'Fn::Sub': (argument, where) => substitute(argument, where),
    'Fn::If': (argument, where) => {
      const [condition, whenTrue, whenFalse] = z
        .tuple([z.string(), z.unknown(), z.unknown()])
        .parse(argument);
      return resolve(conditionHolds(condition, where) ? whenTrue : whenFalse, where);
    },
    'Fn::Equals': (argument, where) => {
      const [left, right] = z.tuple([z.unknown(), z.unknown()]).parse(resolve(argument, where));
      return String(left) === String(right);
    },
    'Fn::Not': (argument, where) => !z.tuple([z.boolean()]).parse(resolve(argument, where))[0],
    'Fn::And': (argument, where) => z.array(z.boolean()).parse(resolve(argument, where)).every(Boolean),
    'Fn::Or': (argument, where) => z.array(z.boolean()).parse(resolve(argument, where)).some(Boolean),
    Condition: (argument, where) => conditionHolds(z.string().parse(argument), where),
  };

  function conditionHolds(name: string, where: string): boolean {
    if (!(name in template.Conditions)) throw new Error(`${where}: the template has no condition ${name}`);
    return resolve(template.Conditions[name], `condition ${name}`) === true;
  }

  function reference(name: string, where: string): unknown {
    if (name in pseudoParameters) return pseudoParameters[name];
    const parameter = template.Parameters[name];
    if (parameter === undefined) return attribute(name, 'Ref', where);
    if (parameter.Default === undefined || parameter.Type.startsWith('AWS::SSM')) {
      throw new Error(`${where}: parameter ${name} has no value on this machine`);
    }
    return parameter.Default;
  }

  function attribute(logicalId: string, name = 'Ref', where = logicalId): string {
    const resource = template.Resources[logicalId];
    if (resource === undefined) throw new Error(`${where}: the template has no resource ${logicalId}`);
    const value = attributesOf({
      logicalId,
      type: resource.Type,
      stackName,
      property: (property) => z.string().optional().parse(resolve(resource.Properties[property], logicalId)),
    })?.[name];
    if (value === undefined) {
      throw new Error(`${where}: ${name} of ${resource.Type} ${logicalId} is not known to the local gateway`);
    }
    return value;
  }

  function getAtt(argument: unknown, where: string): string {
    const [logicalId, name] = getAttArguments.parse(argument);
    return attribute(logicalId, name, where);
  }

  function substitute(argument: unknown, where: string): string {
    const [text, variables] =
      typeof argument === 'string'
        ? [argument, {}]
        : z.tuple([z.string(), z.record(z.string(), z.unknown())]).parse(argument);
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      if (name in variables) return String(resolve(variables[name], where));
      return String(name.includes('.') ? getAtt(name, where) : reference(name, where));
    });
  }

  function resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) {
      return value.map((element) => resolve(element, where)).filter((element) => element !== undefined);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (first !== undefined && entries.length === 1) {
      const [name, argument] = first;
      const intrinsic = intrinsics[name];
      if (intrinsic !== undefined) return intrinsic(argument, where);
      if (name.startsWith('Fn::')) throw new Error(`${where}: the local gateway cannot resolve ${name}`);
    }
    return Object.fromEntries(
      entries
        .map(([key, element]) => [key, resolve(element, `${where}.${key}`)] as const)
        .filter(([, element]) => element !== undefined),
    );
  }

  return {
    resources: Object.entries(template.Resources)
      .filter(([logicalId, { Condition }]) => Condition === undefined || conditionHolds(Condition, logicalId))
      .map(([logicalId, { Type, Properties }]) => ({ logicalId, type: Type, properties: Properties })),
    resolve,
    attribute,
    output(name) {
      const output = template.Outputs[name];
      return output === undefined ? undefined : z.string().parse(resolve(output.Value, `output ${name}`));
    },
  };
}
