import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ASSET_MANIFEST, type AssetManifest, COMPRESSED, type DashboardFiles } from '../domain/web-assets.ts';
import type { Encoding } from './encoding.ts';

/** Files that pages are made of, as `infra/web-assets.ts` lays them beside a bundle. */
export interface Assets {
  /** @returns the name that the file is served under; throws Error when there is none */
  nameOf(source: string): string;
  /** What the page of the dashboard is made of, by the names that they are served under. */
  readonly dashboard: DashboardFiles;
  /** @returns the file of that name, as far as it can be in that encoding; undefined when it is none of them */
  find(name: string, encoding: Encoding | undefined): Asset | undefined;
}

interface Asset {
  readonly contentType: string;
  readonly contents: Buffer;
  readonly encoding: Encoding | undefined;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.woff2': 'font/woff2',
};

const EXTENSIONS = { br: '.br', gzip: '.gz' } as const;

/**
 * @param folder where the files are, with a slash at its end
 * @throws Error when there is no manifest, or a file in it has no content type: call it while the module loads
 */
export function readAssets(folder: URL): Assets {
  // Of the same build as this module.
  const written: AssetManifest = JSON.parse(readFileSync(new URL(ASSET_MANIFEST, folder), 'utf8'));
  const manifest = new Map(Object.entries(written.files));
  const contentTypes = new Map(
    [...manifest.values()].map((name) => {
      const contentType = CONTENT_TYPES[extname(name)];
      if (contentType === undefined) throw new Error(`There is no content type for ${name}`);
      return [name, contentType];
    }),
  );
  return {
    dashboard: written.dashboard,
    nameOf(source) {
      const name = manifest.get(source);
      if (name === undefined) throw new Error(`${ASSET_MANIFEST} does not name ${source}`);
      return name;
    },
    find(name, accepted) {
      const contentType = contentTypes.get(name);
      if (contentType === undefined) return undefined;
      const read = (extension: string) => readFileSync(new URL(name + extension, folder));
      if (!COMPRESSED.includes(extname(name)))
        return { contentType, encoding: undefined, contents: read('') };
      if (accepted === undefined) {
        return { contentType, encoding: undefined, contents: gunzipSync(read(EXTENSIONS.gzip)) };
      }
      return { contentType, encoding: accepted, contents: read(EXTENSIONS[accepted]) };
    },
  };
}
