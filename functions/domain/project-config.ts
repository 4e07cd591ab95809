/** The settings of one project, by the names that the wire uses. */
export interface ProjectConfig {
  /** The gate: whether every MCP request of the project must carry a key of the project. */
  readonly require_mcp_api_key: boolean;
  readonly is_2FA_enabled: boolean;
  readonly mask_secret_keys_in_connected_account: boolean;
  readonly log_visibility_setting: 'show_all' | 'dont_store_data';
  readonly display_name?: string | undefined;
  readonly logo_url?: string | undefined;
}

/** Each of them by name. What a later version stores beside them is not shown. */
export const SETTINGS = Object.keys({
  require_mcp_api_key: true,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: true,
  display_name: true,
  logo_url: true,
} satisfies Record<keyof ProjectConfig, true>);

/** The fields that one change names; the others stay as they are. */
export type ProjectConfigPatch = {
  readonly [Field in keyof ProjectConfig]?: ProjectConfig[Field] | undefined;
};
