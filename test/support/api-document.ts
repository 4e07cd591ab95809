import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../functions/http/openapi.ts';
import type { Answer } from './gateway.ts';

interface Described {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, DescribedAnswer | { readonly $ref: string }>>;
}
interface DescribedAnswer {
  readonly headers?: Readonly<Record<string, { readonly $ref?: string; readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, { readonly examples?: Readonly<Record<string, unknown>> }>>;
}

const DOCUMENT = openApiDocument({
  url: 'https://gateway.example.org',
  limits: { requestsPerSecond: 1_000, burst: 2_000 },
});
// As it is read: without what is undefined.
const document = JSON.parse(JSON.stringify(DOCUMENT));

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, validateFormats: true }));
ajv.addSchema(document, 'document');

/** Each operation, by its method and path. */
export const OPERATIONS: ReadonlyMap<string, Described> = new Map(
  Object.entries<Record<string, Described>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  ),
);

const PATHS = [...new Set([...OPERATIONS.keys()].map((operation) => operation.replace(/^\S+ /, '')))].map(
  (path) => ({ path, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('{id}', '[^/]+')}$`) }),
);

/** @returns method and path of the document; `undefined`: it describes no such path. Of two a literal one is meant */
function operationOf(method: string, url: string): string | undefined {
  const { pathname } = new URL(url, 'http://gateway');
  const found = PATHS.filter(({ pattern }) => pattern.test(pathname));
  const path = (found.find(({ path: one }) => one === pathname) ?? found[0])?.path;
  return path === undefined ? undefined : `${method} ${path}`;
}

const pointer = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');
const resolve = <Value>(
  value: Value | { readonly $ref: string },
): { value: Value; at: string | undefined } => {
  if (typeof value !== 'object' || value === null || !('$ref' in value))
    return { value: value as Value, at: undefined };
  const at = value.$ref.slice(1);
  return {
    value: at
      .split('/')
      .slice(1)
      .reduce((node, name) => node[name], document) as Value,
    at,
  };
};

const validators = new Map<string, ValidateFunction>();
function validator(at: string): ValidateFunction {
  const known =
    validators.get(at) ??
    ajv.compile({ $ref: `document#${at.split('/').map(encodeURIComponent).join('/')}` });
  validators.set(at, known);
  return known;
}

/** What was answered, as the document names it: `getProjectConfig 401 APIKey_InvalidAPIKey`. */
export type Produced = string;

/**
 * Holds an answer to the document.
 * @returns what it was; `undefined` where the document speaks of no such path, or of no such method and it was 405
 * @throws Error that says how it differs: an answer, header or content type that is not described, or a body that is not valid
 */
export function checkAnswer(method: string, url: string, answer: Answer): Produced | undefined {
  const name = operationOf(method, url);
  if (name === undefined || method === 'OPTIONS' || method === 'HEAD') return undefined;
  const operation = OPERATIONS.get(name);
  // Of a path that cannot be read API Gateway says so itself, whatever the method.
  if (operation === undefined && isUnreadable(url)) return undefined;
  if (operation === undefined) {
    if (answer.status === 405 && answer.headers.allow !== undefined) return undefined;
    throw new Error(
      `${name}: the document has no such method, and the answer is ${answer.status} and no 405 with Allow`,
    );
  }
  const { operationId } = operation;
  const described = operation.responses[answer.status];
  if (described === undefined)
    throw new Error(`${operationId}: the document has no answer ${answer.status}: ${answer.body}`);
  const { value, at = answerAt(name, answer.status) } = resolve<DescribedAnswer>(described);
  for (const [header, given] of Object.entries(value.headers ?? {})) {
    const { value: declared } = resolve<{ readonly required?: boolean }>(
      given as { readonly required?: boolean },
    );
    if (declared.required && answer.headers[header.toLowerCase()] === undefined) {
      throw new Error(`${operationId} ${answer.status}: the header ${header} is missing`);
    }
  }
  const type = String(answer.headers['content-type'] ?? '').replace(/;.*$/, '');
  if (value.content === undefined) {
    if (answer.body !== '')
      throw new Error(`${operationId} ${answer.status}: the document has no body: ${answer.body}`);
    return `${operationId} ${answer.status}`;
  }
  const content = value.content[type];
  if (content === undefined) throw new Error(`${operationId} ${answer.status}: the document has no ${type}`);
  if (type !== 'application/json') return `${operationId} ${answer.status} ${type}`;
  const body: { readonly error: { readonly slug: string } } = JSON.parse(answer.body);
  const validate = validator(`${at}/content/${pointer(type)}/schema`);
  if (!validate(body)) {
    throw new Error(
      `${operationId} ${answer.status}: ${ajv.errorsText(validate.errors)}: ${answer.body.slice(0, 2_000)}`,
    );
  }
  if (answer.status < 400) return `${operationId} ${answer.status} ${type}`;
  const { slug } = body.error;
  if (content.examples?.[slug] === undefined)
    throw new Error(`${operationId} ${answer.status}: the document has no ${slug}`);
  return `${operationId} ${answer.status} ${slug}`;
}

function isUnreadable(url: string): boolean {
  try {
    decodeURIComponent(new URL(url, 'http://gateway').pathname);
    return false;
  } catch {
    return true;
  }
}

const answerAt = (operation: string, status: number): string => {
  const [method = '', path = ''] = operation.split(' ');
  return `/paths/${pointer(path)}/${method.toLowerCase()}/responses/${status}`;
};

/** Every answer that the document has, as {@link checkAnswer} names it. */
export const DOCUMENTED: readonly Produced[] = [...OPERATIONS.values()].flatMap(
  ({ operationId, responses }) =>
    Object.entries(responses).flatMap(([status, described]) => {
      const { content } = resolve<DescribedAnswer>(described).value;
      if (content === undefined) return [`${operationId} ${status}`];
      return Object.entries(content).flatMap(([type, { examples }]) =>
        Number(status) < 400
          ? [`${operationId} ${status} ${type}`]
          : Object.keys(examples ?? {}).map((slug) => `${operationId} ${status} ${slug}`),
      );
    }),
);
