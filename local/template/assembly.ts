import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      Condition: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })).default({}),
  Parameters: z
    .record(z.string(), z.looseObject({ Type: z.string(), Default: z.unknown().optional() }))
    .default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
});

/** A CloudFormation template, its intrinsic functions unresolved. */
export type Template = z.infer<typeof templateSchema>;

/** One stack of a cloud assembly (`cdk.out`). */
export interface Stack {
  readonly name: string;
  readonly template: Template;
  /**
   * @param objectKey the `S3Key` of a function's code
   * @returns the folder of the assembly that holds that code, undefined when there is none
   */
  assetDirectory(objectKey: string): string | undefined;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z
        .looseObject({ templateFile: z.string().optional(), file: z.string().optional() })
        .optional(),
    }),
  ),
});

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * @param directory a cloud assembly, as `cdk synth` writes it
 * @returns its one stack
 * @throws Error when the assembly cannot be read or has another number of stacks than one
 */
export function readStack(directory: string): Stack {
  const artifacts = Object.entries(
    manifestSchema.parse(readJson(join(directory, 'manifest.json'))).artifacts,
  );
  const [stack, ...others] = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const templateFile = stack?.[1].properties?.templateFile;
  if (stack === undefined || templateFile === undefined || others.length > 0) {
    throw new Error(`${directory} must hold exactly one stack`);
  }

  const directories = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue;
    const { files } = assetsSchema.parse(readJson(join(directory, properties.file)));
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) directories.set(objectKey, join(directory, source.path));
      }
    }
  }

  return {
    name: stack[0],
    template: templateSchema.parse(readJson(join(directory, templateFile))),
    assetDirectory: (objectKey) => directories.get(objectKey),
  };
}
