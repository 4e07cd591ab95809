import type { ApiResource } from './model.ts';

/** Finds the route of a request. A route is one method of one resource. */
export interface Router<T> {
  /**
   * @param method the request's method
   * @param path the request's path as sent, without query
   * @returns the route and the raw path parameters, undefined when API Gateway has no route for it
   */
  find(method: string, path: string): { readonly route: T; readonly parameters: PathParameters } | undefined;
}

/** Name and raw (still percent-encoded) value. */
export type PathParameters = readonly (readonly [string, string])[];

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  parameter?: { readonly name: string; readonly node: Node<T> };
  greedy?: { readonly name: string; readonly node: Node<T> };
  readonly methods: Map<string, T>;
}

interface Candidate<T> {
  readonly node: Node<T>;
  readonly parameters: PathParameters;
  readonly isGreedy: boolean;
}

const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

function createNode<T>(): Node<T> {
  return { literals: new Map(), methods: new Map() };
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').slice(1);
  if (segments.at(-1) === '') segments.pop(); // A trailing slash makes no difference.
  return segments;
}

function childOf<T>(parent: Node<T>, pathPart: string): Node<T> {
  const variable = /^\{([^+}]+)(\+?)\}$/.exec(pathPart);
  if (variable === null) {
    const child = parent.literals.get(pathPart) ?? createNode<T>();
    parent.literals.set(pathPart, child);
    return child;
  }
  const [, name = '', plus] = variable;
  const kind = plus === '+' ? 'greedy' : 'parameter';
  parent[kind] ??= { name, node: createNode<T>() };
  return parent[kind].node;
}

/** Every resource that matches, the most specific first: literal before `{name}` before `{name+}`. */
function* candidates<T>(
  node: Node<T>,
  segments: readonly string[],
  parameters: PathParameters,
): Generator<Candidate<T>> {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    yield { node, parameters, isGreedy: false };
    return;
  }
  const literal = node.literals.get(segment);
  if (literal !== undefined) yield* candidates(literal, rest, parameters);
  if (node.parameter !== undefined && segment !== '') {
    yield* candidates(node.parameter.node, rest, [...parameters, [node.parameter.name, segment]]);
  }
  if (node.greedy !== undefined) {
    const value: readonly [string, string] = [node.greedy.name, segments.join('/')];
    yield { node: node.greedy.node, parameters: [...parameters, value], isGreedy: true };
  }
}

/**
 * @param resources the resources of the API
 * @param compile makes a route of a method, once, at start
 * @returns a router over them
 */
export function createRouter<T>(
  resources: readonly ApiResource[],
  compile: (resource: ApiResource, method: ApiResource['methods'][number]) => T,
): Router<T> {
  const root = createNode<T>();
  for (const resource of resources) {
    const node = segmentsOf(resource.path).reduce<Node<T>>(childOf, root);
    for (const method of resource.methods) node.methods.set(method.HttpMethod, compile(resource, method));
  }

  return {
    find(method, path) {
      if (!METHODS.has(method)) return undefined;
      let isFirst = true;
      for (const { node, parameters, isGreedy } of candidates(root, segmentsOf(path), [])) {
        // A resource that lacks the method gives way to a greedy one that has it, never to a less specific {name}.
        const route = isFirst || isGreedy ? (node.methods.get(method) ?? node.methods.get('ANY')) : undefined;
        if (route !== undefined) return { route, parameters };
        isFirst = false;
      }
      return undefined;
    },
  };
}
