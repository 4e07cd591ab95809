/** The file beside a bundle that tells under which name each file of a page is there. */
export const ASSET_MANIFEST = 'assets.json';

/** `page.js` is at `page.{hash}.js`. */
export type AssetManifest = Readonly<Record<string, string>>;
