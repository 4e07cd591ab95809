import * as z from 'zod';

/** A property of an object, nested or not, and a text without wildcards and escapes. */
const PROPERTY_IS_TEXT =
  /^\{\s*\$\.(?<path>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\s*=\s*"(?<text>[^"\\*%]*)"\s*\}$/;

/** Whether a line is delivered. */
export type LineFilter = (line: string) => boolean;

/**
 * Takes the filter pattern of a subscription, as far as it is followed here: an empty one, which lets every line pass,
 * or `{ $.property = "text" }`, which lets pass the lines that are JSON with that text there:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export const filterPattern = z.string().transform((pattern, context): LineFilter => {
  if (pattern.trim() === '') return () => true;
  const { path, text } = PROPERTY_IS_TEXT.exec(pattern)?.groups ?? {};
  if (path !== undefined) {
    const names = path.split('.');
    return (line) => names.reduce(property, parseJson(line)) === text;
  }
  context.addIssue(`the filter pattern ${pattern} is neither empty nor { $.property = "text" }`);
  return z.NEVER;
});

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Has no property.
  }
}
