/** Beside the bundle that serves the files: the name that each has there, by its own. */
export const ASSET_MANIFEST = 'assets.json';
export type AssetManifest = Readonly<Record<string, string>>;
