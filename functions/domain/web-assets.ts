/** The file beside a bundle that tells which files the pages are made of. */
export const ASSET_MANIFEST = 'assets.json';

export interface AssetManifest {
  /** The name that each file is served under, which has a hash of its content, by its source: `page.js` is `page.{hash}.js`. */
  readonly files: Readonly<Record<string, string>>;
  /** What the page of the dashboard asks for at once, by those names. */
  readonly dashboard: DashboardFiles;
}

export interface DashboardFiles {
  /** The module that starts it. */
  readonly script: string;
  readonly styles: readonly string[];
  /** The modules that the first one imports. */
  readonly modules: readonly string[];
}

/** What is stored and served compressed. A font is compressed in itself. */
export const COMPRESSED: readonly string[] = ['.css', '.js'];
