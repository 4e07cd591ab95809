import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { PortcullisApp } from '../../infra/portcullis-app.ts';
import { sharedFolder } from '../support/assembly.ts';

// CDK's rules for templates take two seconds a synthesis; well-architected.test.ts runs them once.
process.env.CDK_VALIDATION = 'false';

/** The app with a line of code in the place of each bundle. */
export function appWith(context: Readonly<Record<string, unknown>> = {}): PortcullisApp {
  return new PortcullisApp({ codeOf: () => Code.fromInline('export const handler = () => {};'), context });
}

/** What each context was synthesised to: it takes a second or two. */
const synthesized = new Map<string, SynthesizedStack>();

/** @returns what the app becomes with that context; made once for all tests of a run */
export function synthesize(context: Readonly<Record<string, unknown>> = {}): SynthesizedStack {
  const key = JSON.stringify(context);
  const stack =
    synthesized.get(key) ??
    SynthesizedStack.parse(kept(key, () => SynthesizedStack.of(appWith(context).stack)));
  synthesized.set(key, stack);
  return stack;
}

function kept(key: string, make: () => SynthesizedStack): string {
  const folder = sharedFolder();
  if (folder === undefined) return JSON.stringify(make());
  const file = join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  if (!existsSync(file)) {
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(make()));
    renameSync(unfinished, file);
  }
  return readFileSync(file, 'utf8');
}

type Resources = ReturnType<Template['findResources']>;
export type Resource = Resources[string];

export interface Method {
  readonly path: string;
  readonly httpMethod: string;
  readonly properties: Resource;
  /** The function that is called, if one is. */
  readonly function: FunctionName | undefined;
}

/** The template, read as API Gateway and IAM would read it. */
export class SynthesizedStack {
  readonly template: Template;
  readonly stackName: string;

  constructor(template: Template, stackName: string) {
    this.template = template;
    this.stackName = stackName;
  }

  static of(stack: Stack): SynthesizedStack {
    return new SynthesizedStack(Template.fromStack(stack), stack.stackName);
  }

  static parse(text: string): SynthesizedStack {
    const { template, stackName } = JSON.parse(text);
    return new SynthesizedStack(Template.fromJSON(template), stackName);
  }

  toJSON(): object {
    return { template: this.template.toJSON(), stackName: this.stackName };
  }

  /** The properties of the only resource of this type. */
  only(type: string): Resource {
    return this.onlyResource(type).Properties;
  }

  onlyResource(type: string): Resource {
    const [first, ...others] = Object.values(this.template.findResources(type));
    if (first === undefined || others.length > 0) throw new Error(`Not exactly one ${type}`);
    return first;
  }

  all(type: string): Resource[] {
    return Object.values(this.template.findResources(type)).map((resource) => resource.Properties);
  }

  functionId(name: FunctionName): string {
    const entries = Object.entries(this.template.findResources('AWS::Lambda::Function'));
    const found = entries.find(
      ([, { Properties }]) => Properties.Description === FUNCTIONS[name].description,
    );
    if (found === undefined) throw new Error(`No function ${name}`);
    return found[0];
  }

  functionProperties(name: FunctionName): Resource {
    return this.#resource('AWS::Lambda::Function', this.functionId(name));
  }

  /** The statements of the function's role, from wherever they are attached. */
  statements(name: FunctionName): Resource[] {
    const roleId: string = this.functionProperties(name).Role['Fn::GetAtt'][0];
    const inline: Resource[] = this.#resource('AWS::IAM::Role', roleId).Policies ?? [];
    const attached = this.all('AWS::IAM::Policy').filter((policy) =>
      policy.Roles.some((role: Resource) => role.Ref === roleId),
    );
    return [...inline, ...attached].flatMap((policy) => policy.PolicyDocument.Statement);
  }

  role(name: FunctionName): Resource {
    return this.#resource('AWS::IAM::Role', this.functionProperties(name).Role['Fn::GetAtt'][0]);
  }

  methods(): Method[] {
    const functionOf = new Map(functionNames().map((name) => [this.functionId(name), name]));
    return this.all('AWS::ApiGateway::Method').map((properties) => {
      const functionId = JSON.stringify(properties.Integration.Uri ?? '').match(
        /"Fn::GetAtt":\["(\w+)"/,
      )?.[1];
      return {
        path: this.#path(properties.ResourceId),
        httpMethod: properties.HttpMethod,
        properties,
        function: functionOf.get(functionId ?? ''),
      };
    });
  }

  /** Every path of the API, the root too. */
  paths(): string[] {
    const ids = Object.keys(this.template.findResources('AWS::ApiGateway::Resource'));
    return ['/', ...ids.map((id) => this.#path({ Ref: id }))];
  }

  #path(resource: Resource): string {
    const id: string | undefined = resource.Ref;
    if (id === undefined) return '/';
    const { ParentId, PathPart } = this.#resource('AWS::ApiGateway::Resource', id);
    return `${this.#path(ParentId).replace(/\/$/, '')}/${PathPart}`;
  }

  #resource(type: string, id: string): Resource {
    const found = this.template.findResources(type)[id];
    if (found === undefined) throw new Error(`No ${type} ${id}`);
    return found.Properties;
  }
}

export function functionNames(): FunctionName[] {
  // Object.keys forgets the names of a constant.
  return Object.keys(FUNCTIONS).filter((name): name is FunctionName => name in FUNCTIONS);
}

/** IAM writes a list of one as a single value. */
export function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
