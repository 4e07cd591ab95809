import type { components, operations } from './api-types.ts';
import type { OPERATIONS } from './operations.ts';

/** What the API knows, by the names of its document. */
export type Schemas = components['schemas'];

export type OperationId = keyof operations & keyof typeof OPERATIONS;
/** The operations whose answers are pages of a list. */
export type PagedOperationId = {
  [Id in OperationId]: (typeof OPERATIONS)[Id]['isPaged'] extends true ? Id : never;
}[OperationId];

/** The operations that answer in other forms than JSON too. */
export type ExportedOperationId = {
  [Id in OperationId]: 'format' extends keyof Exclude<operations[Id]['parameters']['query'], undefined>
    ? Id
    : never;
}[OperationId];
/** JSON lines, or comma-separated values. */
export type ExportFormat = 'jsonl' | 'csv';

type Member<Name extends string, Value> = [Value] extends [undefined]
  ? unknown
  : undefined extends Value
    ? { readonly [N in Name]?: Exclude<Value, undefined> }
    : { readonly [N in Name]: Value };

type QueryOf<Id extends OperationId> = operations[Id]['parameters'] extends { query?: infer Query }
  ? undefined extends operations[Id]['parameters']['query']
    ? WithoutFormat<Exclude<Query, undefined>> | undefined
    : WithoutFormat<Query>
  : undefined;
/** Answers are JSON; what `export` gives has its format beside. */
type WithoutFormat<Query> = [Query] extends [never] ? never : Omit<Query, 'format'>;
type BodyOf<Id extends OperationId> = operations[Id] extends { requestBody?: infer Body }
  ? [Exclude<Body, undefined>] extends [never]
    ? undefined
    : Exclude<Body, undefined> extends { content: { 'application/json': infer Json } }
      ? undefined extends operations[Id]['requestBody']
        ? Json | undefined
        : Json
      : undefined
  : undefined;

/** What an operation is given: the id in its path, its query, its headers and its body, as far as it has them. */
export type Parameters<Id extends OperationId> = Member<'path', operations[Id]['parameters']['path']> &
  Member<'query', QueryOf<Id>> &
  Member<'headers', operations[Id]['parameters']['header']> &
  Member<'body', BodyOf<Id>> & {
    /** Ends the request, and all that would follow it. */
    readonly signal?: AbortSignal;
  };

type Success = 200 | 201 | 202 | 204;
type JsonOf<Response> = Response extends { content: { 'application/json': infer Json } } ? Json : undefined;

/** What an operation answers. */
export type Data<Id extends OperationId> = {
  [Status in keyof operations[Id]['responses']]: Status extends Success
    ? JsonOf<operations[Id]['responses'][Status]>
    : never;
}[keyof operations[Id]['responses']];

/** A row of what an operation lists. */
export type Row<Id extends PagedOperationId> =
  Data<Id> extends { items: readonly (infer Item)[] }
    ? Item
    : Data<Id> extends { data: readonly (infer Item)[] }
      ? Item
      : never;

/** Nothing needs to be said where nothing is required. */
export type Arguments<Id extends OperationId> =
  Record<never, never> extends Parameters<Id> ? [parameters?: Parameters<Id>] : [parameters: Parameters<Id>];
