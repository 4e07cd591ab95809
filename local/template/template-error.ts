import * as z from 'zod';

/**
 * Parses properties of a resource by a strict schema.
 *
 * Every schema it is given lists what is served here. What the schema does not list stops the start: serving a stack
 * differently from AWS, in silence, would hide a mistake until it is deployed.
 *
 * @param schema what the local gateway can serve
 * @param value the properties, without intrinsic functions
 * @param resource names the resource in the error's message
 * @returns the parsed properties
 * @throws Error that names the resource and each property that is not served here
 */
export function parseServed<T extends z.ZodType>(schema: T, value: unknown, resource: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${resource} cannot be served on this machine as it stands:\n${z.prettifyError(parsed.error)}`,
  );
}
