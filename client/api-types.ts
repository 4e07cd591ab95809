// Generated from the OpenAPI document by `npm run generate`: do not edit.

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the gateway answers
         * @description Needs no key.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the settings
         * @description Needs the scope `config:read`.
         */
        get: operations["getProjectConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings: raise or lower the gate
         * @description Changes the fields that are sent and no other. `require_mcp_api_key` holds from the answer on: every MCP request that arrives later is judged by it.
         *
         *     Needs the scope `config:write`.
         */
        patch: operations["updateProjectConfig"];
        trace?: never;
    };
    "/api/v3/org/owner/project/new": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a project
         * @description With `should_create_api_key` the answer shows its first key, this once.
         *
         *     Needs the key of the organization.
         */
        post: operations["createProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/owner/project/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the projects
         * @description Needs the key of the organization.
         */
        get: operations["listProjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/owner/project/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a project
         * @description Needs the key of the organization.
         */
        get: operations["getProject"];
        put?: never;
        post?: never;
        /**
         * Delete a project
         * @description Its servers are 404 and its keys 401 at once. Its data goes in the background.
         *
         *     Needs the key of the organization.
         */
        delete: operations["deleteProject"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/owner/project/{id}/api_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a first key for a project whose own were lost
         * @description It can do everything in the project. The answer shows it, this once.
         *
         *     Needs the key of the organization.
         */
        post: operations["createFirstApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/api_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the keys
         * @description Needs the scope `keys:manage`.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Create a key
         * @description The answer shows it, this once. A key that has more than the one it is asked with, before or after, is refused: scopes, servers, tools or lifetime.
         *
         *     Needs the scope `keys:manage`.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/api_keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a key
         * @description Needs the scope `keys:manage`.
         */
        get: operations["getApiKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description From the answer on no request with it is let in. It can be read for a while. A key that has more than the one it is asked with, before or after, is refused: scopes, servers, tools or lifetime.
         *
         *     Needs the scope `keys:manage`.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description Changes the fields that are sent and no other. A key that has more than the one it is asked with, before or after, is refused: scopes, servers, tools or lifetime.
         *
         *     Needs the scope `keys:manage`.
         */
        patch: operations["updateApiKey"];
        trace?: never;
    };
    "/api/v3/org/project/api_keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret
         * @description The answer shows it, this once. The old one works `overlap_seconds` longer. A key that has more than the one it is asked with, before or after, is refused: scopes, servers, tools or lifetime.
         *
         *     Needs the scope `keys:manage`.
         */
        post: operations["rotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/mcp/servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the servers
         * @description Needs the scope `servers:manage`.
         */
        get: operations["listMcpServers"];
        put?: never;
        /**
         * Register a server
         * @description The gateway connects to it once, as an MCP client, and answers in `probe` what it found. A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `servers:manage`.
         */
        post: operations["createMcpServer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/mcp/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a server
         * @description Needs the scope `servers:manage`.
         */
        get: operations["getMcpServer"];
        put?: never;
        post?: never;
        /**
         * Delete a server
         * @description Its `mcp_url` is 404 at once.
         *
         *     Needs the scope `servers:manage`.
         */
        delete: operations["deleteMcpServer"];
        options?: never;
        head?: never;
        /**
         * Change a server
         * @description Changes the fields that are sent and no other; `headers` replace all that were stored. A change of scheme, host or port of `upstream.url` must send them anew.
         *
         *     Needs the scope `servers:manage`.
         */
        patch: operations["updateMcpServer"];
        trace?: never;
    };
    "/api/v3/mcp/{id}/rotate_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a server a new address
         * @description The old `mcp_url` is 404 at once.
         *
         *     Needs the scope `servers:manage`.
         */
        post: operations["rotateMcpServerUrl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/mcp/{id}/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What to paste into each client
         * @description Needs the scope `servers:manage`.
         */
        get: operations["listClientConfigurations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who called what, newest first
         * @description A page may be short, or empty, and still have a `next_cursor`. A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `logs:read`.
         */
        get: operations["listLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/logs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a row, and why the call was refused
         * @description A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `logs:read`.
         */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls by key, tool, server or day
         * @description By whole days in UTC, those that `from` and `to` touch: the last seven, unless they say otherwise. A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `logs:read`.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/mcp_api_key_readiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who would be refused if the gate went up now
         * @description A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `logs:read`.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what, newest first
         * @description A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `logs:read`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/owner/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who made and deleted projects, newest first
         * @description Needs the key of the organization.
         */
        get: operations["listOrganizationAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/auth/session/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What this key is
         * @description Needs any key of a project.
         */
        get: operations["getSessionInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/mcp_api_key_readiness/dismissals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whom the readiness does not count
         * @description All of them: at most a hundred. A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `logs:read`.
         */
        get: operations["listDismissals"];
        put?: never;
        /**
         * Leave callers out of the readiness
         * @description Every caller that has all of the values that are sent, now and later. A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `config:write`.
         */
        post: operations["createDismissal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/org/project/mcp_api_key_readiness/dismissals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a dismissal back
         * @description A key that is held to some servers (`mcp_server_ids`) is refused.
         *
         *     Needs the scope `config:write`.
         */
        delete: operations["deleteDismissal"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ProjectConfigPatch: {
            /** @description Whether every MCP request of the project must carry an API key of the project */
            require_mcp_api_key?: boolean;
            /** @description Stored and answered; Portcullis does not act on it */
            is_2FA_enabled?: boolean;
            /** @description Whether answers show stored upstream header values masked */
            mask_secret_keys_in_connected_account?: boolean;
            /**
             * @description Whether logs may hold the arguments and results of calls
             * @enum {string}
             */
            log_visibility_setting?: "show_all" | "dont_store_data";
            /** @description What the project is called in a user interface */
            display_name?: string;
            /**
             * Format: uri
             * @description An https URL without credentials
             */
            logo_url?: string;
        };
        NewProject: {
            /**
             * @description What people call it; white space around it goes
             * @example Build agent
             */
            name: string;
            /** @default {} */
            config?: components["schemas"]["NewProjectConfig"];
            /** @default false */
            should_create_api_key?: boolean;
        };
        NewProjectConfig: {
            /**
             * @description Whether every MCP request of the project must carry an API key of the project
             * @default false
             */
            require_mcp_api_key?: boolean;
            /**
             * @description Stored and answered; Portcullis does not act on it
             * @default true
             */
            is_2FA_enabled?: boolean;
            /**
             * @description Whether answers show stored upstream header values masked
             * @default true
             */
            mask_secret_keys_in_connected_account?: boolean;
            /**
             * @description Whether logs may hold the arguments and results of calls
             * @default show_all
             * @enum {string}
             */
            log_visibility_setting?: "show_all" | "dont_store_data";
            /** @description What the project is called in a user interface */
            display_name?: string;
            /**
             * Format: uri
             * @description An https URL without credentials
             */
            logo_url?: string;
        };
        NewFirstApiKey: {
            /**
             * @description What people call it; white space around it goes
             * @example Build agent
             */
            name?: string;
        };
        NewApiKey: {
            /**
             * @description What people call it; white space around it goes
             * @example Build agent
             */
            name: string;
            /**
             * @description What it may do; `*`: everything
             * @default [
             *       "mcp:invoke"
             *     ]
             */
            scopes?: components["schemas"]["Scope"][];
            /**
             * @description The only servers of the project that it may call and manage; `null`: all
             * @default null
             */
            mcp_server_ids?: string[] | null;
            /**
             * @description The only tools that it may call; `null`: all. At most 4,000 bytes of JSON
             * @default null
             */
            allowed_tools?: string[] | null;
            /** @description When it ends, in the future; `null`: never */
            expires_at?: string | null;
        };
        /** @enum {string} */
        Scope: "*" | "mcp:invoke" | "config:read" | "config:write" | "keys:manage" | "servers:manage" | "logs:read";
        ApiKeyPatch: {
            /**
             * @description What people call it; white space around it goes
             * @example Build agent
             */
            name?: string;
            /** @description What it may do; `*`: everything */
            scopes?: components["schemas"]["Scope"][];
            /** @description The only servers of the project that it may call and manage; `null`: all */
            mcp_server_ids?: string[] | null;
            /** @description The only tools that it may call; `null`: all. At most 4,000 bytes of JSON */
            allowed_tools?: string[] | null;
            /** @description When it ends, in the future; `null`: never */
            expires_at?: string | null;
        };
        Rotation: {
            /**
             * @description How long the old secret works on; 0: it ends at once
             * @default 0
             */
            overlap_seconds?: number;
        };
        NewMcpServer: {
            /**
             * @description What people call it; white space around it goes
             * @example Build agent
             */
            name: string;
            upstream: {
                /** @constant */
                kind: "http";
                /**
                 * Format: uri
                 * @description A public https URL, without credentials and fragment
                 * @example https://mcp.example.com/mcp
                 */
                url: string;
                /**
                 * @description Added to every call to the server; each name once, whatever its case. Secrets: stored encrypted, and answered masked
                 * @example {
                 *       "authorization": "Bearer YOUR-TOKEN"
                 *     }
                 */
                headers?: {
                    [key: string]: string;
                };
            };
            /**
             * @description The only tools that are listed and may be called; `null`: all. At most 30,000 bytes of JSON
             * @default null
             */
            allowed_tools?: string[] | null;
            /**
             * @description The origins whose pages may call the server. At most 30,000 bytes of JSON
             * @default []
             */
            allowed_origins?: string[];
        };
        McpServerPatch: {
            /**
             * @description What people call it; white space around it goes
             * @example Build agent
             */
            name?: string;
            upstream?: {
                /** @constant */
                kind?: "http";
                /**
                 * Format: uri
                 * @description A public https URL, without credentials and fragment
                 * @example https://mcp.example.com/mcp
                 */
                url?: string;
                /**
                 * @description Added to every call to the server; each name once, whatever its case. Secrets: stored encrypted, and answered masked
                 * @example {
                 *       "authorization": "Bearer YOUR-TOKEN"
                 *     }
                 */
                headers?: {
                    [key: string]: string;
                };
            };
            /** @description The only tools that are listed and may be called; `null`: all. At most 30,000 bytes of JSON */
            allowed_tools?: string[] | null;
            /** @description The origins whose pages may call the server. At most 30,000 bytes of JSON */
            allowed_origins?: string[];
        };
        NewDismissal: {
            mcp_server_id?: string;
            client?: string;
            ip?: string;
            /** @enum {string} */
            reason?: "no_key" | "conflicting" | "malformed" | "unknown" | "other_project" | "revoked" | "expired" | "out_of_scope";
        };
        Health: {
            /** @constant */
            status: "ok";
        };
        /** @description The form of every error */
        Error: {
            error: {
                /** @description One sentence for people */
                message: string;
                /** @description A number for each slug */
                code: number;
                /**
                 * @description Which error it is, for programs
                 * @enum {string}
                 */
                slug: "Auth_NoAuthProvided" | "APIKey_InvalidAPIKey" | "APIKey_APIKeyExpired" | "HTTP_Unauthorized" | "APIKey_InsufficientPermissions" | "HTTP_BadRequest" | "HTTP_Forbidden" | "HTTP_NotFound" | "HTTP_MethodNotAllowed" | "HTTP_Conflict" | "HTTP_PayloadTooLarge" | "HTTP_TooManyRequests" | "HTTP_InternalServerError" | "HTTP_GatewayTimeout";
                /** @description The HTTP status */
                status: number;
                /**
                 * @description The `x-request-id` of the answer
                 * @example 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d
                 */
                request_id: string;
                /** @description What to do about it */
                suggested_fix?: string;
                /** @description Every problem of an invalid input, the field before a colon */
                errors?: string[];
            };
        };
        ProjectConfig: {
            /** @description Whether every MCP request of the project must carry an API key of the project */
            require_mcp_api_key: boolean;
            /** @description Stored and answered; Portcullis does not act on it */
            is_2FA_enabled: boolean;
            /** @description Whether answers show stored upstream header values masked */
            mask_secret_keys_in_connected_account: boolean;
            /**
             * @description Whether logs may hold the arguments and results of calls
             * @enum {string}
             */
            log_visibility_setting: "show_all" | "dont_store_data";
            /** @description What the project is called in a user interface */
            display_name?: string;
            /**
             * Format: uri
             * @description An https URL without credentials
             */
            logo_url?: string;
        };
        CreatedProject: {
            /** @example pr_SOn3bKv7mOddcgkf */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
            config: components["schemas"]["ProjectConfig"];
            /** @description Its first key, which can do everything; shown this once */
            api_key?: string;
        };
        ProjectList: {
            data: (components["schemas"]["ListedProject"] | components["schemas"]["ProjectDeletion"])[];
            /** @description Ask for the next page with it; `null` on the last one */
            next_cursor: string | null;
        };
        ListedProject: {
            /** @example pr_SOn3bKv7mOddcgkf */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
        };
        ProjectDeletion: {
            /** @example pr_SOn3bKv7mOddcgkf */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
            /** @constant */
            status: "deleting";
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            deleted_at: string;
        };
        Project: {
            /** @example pr_SOn3bKv7mOddcgkf */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
            config: components["schemas"]["ProjectConfig"];
        };
        ApiKey: {
            /** @example key_0mwzie3qil7SzPEUYr6DmCr */
            id: string;
            name: string;
            scopes: components["schemas"]["Scope"][];
            /** @description The only servers that it may call and manage; `null`: all */
            mcp_server_ids: string[] | null;
            /** @description The only tools that it may call; `null`: all */
            allowed_tools: string[] | null;
            expires_at: string | null;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
            /**
             * @description Masked, but in the one answer to its creation or rotation
             * @example ak_**6j0z
             */
            key: string;
            /** @description Right within five minutes */
            last_used_at: string | null;
            /** @enum {string} */
            status: "active" | "expired" | "revoked";
        };
        ApiKeyList: {
            items: components["schemas"]["ApiKey"][];
            /** @description Ask for the next page with it; `null` on the last one */
            next_cursor: string | null;
        };
        McpServerList: {
            items: components["schemas"]["McpServer"][];
            /** @description Ask for the next page with it; `null` on the last one */
            next_cursor: string | null;
        };
        McpServer: {
            /** @example srv_0mwzie3pacvezPyYmLqoUVD */
            id: string;
            name: string;
            upstream: {
                /** @constant */
                kind: "http";
                /** @example https://mcp.example.com/mcp */
                url: string;
                /**
                 * @description Masked, unless the project shows them
                 * @example {
                 *       "authorization": "Bear..."
                 *     }
                 */
                headers: {
                    [key: string]: string;
                };
            };
            /** @description The only tools that are listed and may be called; `null`: all */
            allowed_tools: string[] | null;
            /** @description The origins whose pages may call the server */
            allowed_origins: string[];
            /**
             * Format: uri
             * @description The address to paste into a client
             * @example https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe
             */
            mcp_url: string;
            /** @description The last segment of `mcp_url` */
            slug: string;
            probe: components["schemas"]["Probe"];
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            updated_at: string;
        };
        /** @description What the gateway found when it last connected to the server */
        Probe: components["schemas"]["ProbeSuccess"] | components["schemas"]["ProbeFailure"];
        ProbeSuccess: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            status: "ok";
            duration_ms: number;
            /**
             * @description `modern` from the revision 2026-07-28 on
             * @enum {string}
             */
            protocol_era: "modern" | "legacy";
            /** @example 2025-11-25 */
            protocol_version: string;
            server: {
                name: string;
                version: string;
            };
            /** @description The names of the first, at most 200 */
            tools: string[];
            tool_count: number;
        };
        ProbeFailure: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            status: "failed";
            /** @enum {string} */
            reason: "unresolved" | "forbidden_address" | "unreachable" | "tls" | "too_slow" | "redirect" | "credential" | "not_found" | "server_error" | "not_mcp" | "loop";
            /** @description What was found, and what to do about it */
            warning: string;
            duration_ms: number;
        };
        ClientConfigurationList: {
            /**
             * Format: uri
             * @description The address to paste into a client
             * @example https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe
             */
            mcp_url: string;
            items: components["schemas"]["ClientConfiguration"][];
        };
        ClientConfiguration: {
            /**
             * @description Stays as it is
             * @example claude-code
             */
            client: string;
            /** @example Claude Code */
            title: string;
            /** @enum {string} */
            kind: "command" | "file" | "code" | "settings";
            /** @description The usual places of the file */
            files: string[];
            /** @enum {string} */
            language: "sh" | "json" | "toml" | "yaml" | "typescript" | "text";
            /** @description Holds a placeholder, never a key */
            content: string;
            /**
             * @description The header that carries the key
             * @enum {string}
             */
            header: "authorization" | "x-api-key";
        };
        LogRowList: {
            items: components["schemas"]["LogRow"][];
            /** @description Ask for the next page with it; `null` on the last one */
            next_cursor: string | null;
        };
        LogRow: {
            /** @example log_0mwzie3v1k3Jd9sQa1 */
            id: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            timestamp: string;
            /** @description `null`: anonymous, or refused */
            api_key_id: string | null;
            /** @example srv_0mwzie3pacvezPyYmLqoUVD */
            mcp_server_id: string;
            /** @example POST */
            http_method: string;
            /** @example tools/call */
            method: string | null;
            tool: string | null;
            /** @enum {string} */
            outcome: "allowed" | "refused" | "would_be_refused" | "rejected" | "upstream_error" | "gateway_error";
            /** @description `null`: it was allowed */
            reason: ("no_key" | "conflicting" | "malformed" | "unknown" | "other_project" | "revoked" | "expired" | "out_of_scope" | "foreign_origin" | "unknown_tool" | "unclear_body" | "method_not_allowed" | "loop" | "unknown_session" | "unknown_server" | "unreachable" | "forbidden_address" | "redirect" | "credential" | "unreadable" | "too_slow" | "status_5xx" | "broken_off" | "fault" | "client_left") | null;
            /** @enum {string} */
            credential: "valid" | "no_key" | "conflicting" | "malformed" | "unknown" | "other_project" | "revoked" | "expired" | "out_of_scope";
            status: number;
            duration_ms: number;
            /** @description `null`: the server was not asked */
            upstream_ms: number | null;
            bytes_in: number;
            bytes_out: number;
            /** @example claude-code/2.1.197 */
            client: string | null;
            /** @example 192.0.2.7 */
            ip: string;
            protocol_version: string | null;
            /**
             * @description The `x-request-id` of the answer
             * @example 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d
             */
            request_id: string;
            trace_id: string | null;
            /** @description How many like refusals share the row */
            count: number;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            first_seen?: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            last_seen?: string;
            /** @description What was asked and answered, masked and cut */
            data?: {
                arguments?: unknown;
                result?: unknown;
            };
            /** @description Why it was refused, or would be; on one row, and where `request_id` is asked for */
            refusal?: {
                reason: ("no_key" | "conflicting" | "malformed" | "unknown" | "other_project" | "revoked" | "expired" | "out_of_scope" | "foreign_origin" | "unknown_tool" | "unclear_body" | "method_not_allowed" | "loop" | "unknown_session" | "unknown_server" | "unreachable" | "forbidden_address" | "redirect" | "credential" | "unreadable" | "too_slow" | "status_5xx" | "broken_off" | "fault" | "client_left") | null;
                /** @description The key that was presented, masked */
                presented: string | null;
                explanation: string;
                /** @description The key of the project that it is */
                key?: {
                    /** @example key_0mwzie3qil7SzPEUYr6DmCr */
                    id: string;
                    name: string;
                };
                /**
                 * Format: date-time
                 * @description A moment in UTC
                 * @example 2026-11-27T12:00:00.000Z
                 */
                revoked_at?: string;
                revoked_by?: components["schemas"]["Actor"];
            };
        };
        Actor: {
            /** @constant */
            kind: "api_key";
            /** @example key_0mwzie3qil7SzPEUYr6DmCr */
            id: string;
            name: string;
        } | {
            /** @constant */
            kind: "organization";
        } | {
            /** @constant */
            kind: "bootstrap";
        };
        Usage: {
            items: components["schemas"]["UsageRow"][];
            /** @enum {string} */
            group_by: "api_key" | "tool" | "mcp_server" | "day";
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            from: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            to: string;
            items_left_out?: number;
        };
        /** @description Has the one member that the calls are grouped by */
        UsageRow: {
            api_key_id?: string | "anonymous";
            /** @description Or `(other)` */
            tool?: string;
            /** @example srv_0mwzie3pacvezPyYmLqoUVD */
            mcp_server_id?: string;
            /** Format: date */
            day?: string;
            calls: number;
            outcomes: {
                allowed: number;
                refused: number;
                would_be_refused: number;
                rejected: number;
                upstream_error: number;
                gateway_error: number;
            };
            /** @description Within 2 %; `null`: there was no call */
            p50_ms: number | null;
            p95_ms: number | null;
            bytes_in: number;
            bytes_out: number;
        };
        Readiness: {
            /** @description Whether nobody who matters would be refused */
            ready: boolean;
            days: number;
            /** @description What is missing until it is ready: enough calls with a valid key, or an end of those without one */
            missing: ("traffic" | "callers")[];
            traffic: {
                calls: number;
                calls_with_valid_key: number;
                needed: number;
            };
            callers: components["schemas"]["RefusedCaller"][];
            callers_left_out?: number;
        };
        RefusedCaller: {
            /** @description Of server, client, address and reason */
            id: string;
            mcp_server_id: string | "(others)";
            client: string | null;
            ip: string;
            /** @enum {string} */
            reason: "no_key" | "conflicting" | "malformed" | "unknown" | "other_project" | "revoked" | "expired" | "out_of_scope";
            count: number;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            first_seen: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            last_seen: string;
            /** @description Of one of its requests: the logs tell of it */
            sample_request_id: string;
            dismissed: boolean;
            what_to_do: string;
        };
        AuditRowList: {
            items: components["schemas"]["AuditRow"][];
            /** @description Ask for the next page with it; `null` on the last one */
            next_cursor: string | null;
        };
        AuditRow: {
            /** @example chg_0mwzie3v1hQmTn3YpWc8RbX */
            id: string;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            timestamp: string;
            actor: components["schemas"]["Actor"];
            /** @enum {string} */
            action: "config.update" | "api_key.create" | "api_key.update" | "api_key.rotate" | "api_key.revoke" | "mcp_server.create" | "mcp_server.update" | "mcp_server.rotate_url" | "mcp_server.delete" | "project.create" | "project.delete" | "dismissal.create" | "dismissal.delete" | "organization_key.create" | "organization_key.replace";
            target: {
                /** @enum {string} */
                kind: "config" | "api_key" | "mcp_server" | "project" | "dismissal" | "organization_key";
                id: string;
                name?: string;
            };
            /**
             * @description Each field that differs; `null`: it was not there, or is not any more
             * @example {
             *       "require_mcp_api_key": {
             *         "from": false,
             *         "to": true
             *       }
             *     }
             */
            changes: {
                [key: string]: {
                    from: unknown;
                    to: unknown;
                };
            };
            request_id: string | null;
            ip: string | null;
        };
        SessionInfo: {
            project: {
                /** @example pr_SOn3bKv7mOddcgkf */
                id: string;
                name: string;
                display_name?: string;
            };
            api_key: {
                /** @example key_0mwzie3qil7SzPEUYr6DmCr */
                id: string;
                name: string;
                scopes: components["schemas"]["Scope"][];
                /** @description The only servers that it may call and manage; `null`: all */
                mcp_server_ids: string[] | null;
                /** @description The only tools that it may call; `null`: all */
                allowed_tools: string[] | null;
                expires_at: string | null;
                /**
                 * Format: date-time
                 * @description A moment in UTC
                 * @example 2026-11-27T12:00:00.000Z
                 */
                created_at: string;
                /**
                 * @description Masked
                 * @example ak_**6j0z
                 */
                key: string;
                /** @description When this secret ends, where another replaced it */
                secret_ends_at: string | null;
            };
        };
        DismissalList: {
            items: components["schemas"]["Dismissal"][];
            /** @description Ask for the next page with it; `null` on the last one */
            next_cursor: string | null;
        };
        /** @description Callers that have every value that is not null */
        Dismissal: {
            /** @example dis_0mwzie3v1hQmTn3YpWc8RbX */
            id: string;
            mcp_server_id: (string | "(others)") | null;
            client: string | null;
            ip: string | null;
            reason: ("no_key" | "conflicting" | "malformed" | "unknown" | "other_project" | "revoked" | "expired" | "out_of_scope") | null;
            /**
             * Format: date-time
             * @description A moment in UTC
             * @example 2026-11-27T12:00:00.000Z
             */
            created_at: string;
            created_by: components["schemas"]["Actor"];
        };
    };
    responses: {
        /** @description More requests than the stage takes, or more changes of one thing than can be made at once */
        TooManyRequests: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A fault of the gateway */
        InternalServerError: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A function of the gateway did not answer in time */
        GatewayTimeout: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description An input that is not valid: `errors` names every problem */
        BadRequest: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No API key, or one that is not accepted */
        Unauthorized: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The API key lacks the scope, or is held to less than this is about */
        InsufficientPermissions: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The name is taken, it was changed since, or its state does not allow it */
        Conflict: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body has more than 256 KB */
        PayloadTooLarge: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No organization key, or one that is not accepted */
        OrganizationUnauthorized: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is none, or it is not yours */
        NotFound: {
            headers: {
                "x-request-id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Tells this request from every other */
        XRequestId: string;
        /** @description Seconds to wait */
        RetryAfter: number;
        /** @description The version of what is answered: send it back as `If-Match` with a change of it */
        ETag: string;
        /** @description When the gate is raised: whether nobody would be refused; `unknown`: it could not be read in a second */
        XMcpApiKeyReadiness: "ready" | "not_ready" | "unknown";
        /** @description It is the answer to an earlier request with this `Idempotency-Key`, without its secret */
        IdempotentReplayed: "true";
        /** @description The cursor of the next page, where the format is not JSON; left out on the last one */
        XNextCursor: string;
        /** @description The name of the file, where the format is not JSON */
        ContentDisposition: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getProjectConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "require_mcp_api_key": false,
                     *       "is_2FA_enabled": true,
                     *       "mask_secret_keys_in_connected_account": true,
                     *       "log_visibility_setting": "show_all"
                     *     }
                     */
                    "application/json": components["schemas"]["ProjectConfig"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    updateProjectConfig: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "require_mcp_api_key": true
                 *     }
                 */
                "application/json": components["schemas"]["ProjectConfigPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    "x-mcp-api-key-readiness": components["headers"]["XMcpApiKeyReadiness"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "require_mcp_api_key": true,
                     *       "is_2FA_enabled": true,
                     *       "mask_secret_keys_in_connected_account": true,
                     *       "log_visibility_setting": "show_all"
                     *     }
                     */
                    "application/json": components["schemas"]["ProjectConfig"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request: sent again with the same name and body, it happens once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Research",
                 *       "should_create_api_key": true
                 *     }
                 */
                "application/json": components["schemas"]["NewProject"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    "idempotent-replayed": components["headers"]["IdempotentReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "pr_SOn3bKv7mOddcgkf",
                     *       "name": "Research",
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "config": {
                     *         "require_mcp_api_key": false,
                     *         "is_2FA_enabled": true,
                     *         "mask_secret_keys_in_connected_account": true,
                     *         "log_visibility_setting": "show_all"
                     *       },
                     *       "api_key": "ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1"
                     *     }
                     */
                    "application/json": components["schemas"]["CreatedProject"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["OrganizationUnauthorized"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listProjects: {
        parameters: {
            query?: {
                /** @description How many rows an answer has at most */
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
                /** @description `deleting`: those that are gone, and whose data is still to go */
                status?: "active" | "deleting";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "pr_SOn3bKv7mOddcgkf",
                     *           "name": "Research",
                     *           "created_at": "2026-11-27T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProjectList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["OrganizationUnauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "pr_SOn3bKv7mOddcgkf",
                     *       "name": "Research",
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "config": {
                     *         "require_mcp_api_key": false,
                     *         "is_2FA_enabled": true,
                     *         "mask_secret_keys_in_connected_account": true,
                     *         "log_visibility_setting": "show_all"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["OrganizationUnauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "pr_SOn3bKv7mOddcgkf",
                     *       "name": "Research",
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "status": "deleting",
                     *       "deleted_at": "2026-11-27T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ProjectDeletion"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["OrganizationUnauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createFirstApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request: sent again with the same name and body, it happens once */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "First key"
                 *     }
                 */
                "application/json": components["schemas"]["NewFirstApiKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    "idempotent-replayed": components["headers"]["IdempotentReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *       "name": "First key",
                     *       "scopes": [
                     *         "*"
                     *       ],
                     *       "mcp_server_ids": null,
                     *       "allowed_tools": null,
                     *       "expires_at": null,
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "key": "ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1",
                     *       "last_used_at": null,
                     *       "status": "active"
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["OrganizationUnauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description How many rows an answer has at most */
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *           "name": "Build agent",
                     *           "scopes": [
                     *             "mcp:invoke"
                     *           ],
                     *           "mcp_server_ids": null,
                     *           "allowed_tools": [
                     *             "search"
                     *           ],
                     *           "expires_at": null,
                     *           "created_at": "2026-11-27T12:00:00.000Z",
                     *           "key": "ak_**6j0z",
                     *           "last_used_at": "2026-11-27T12:00:00.000Z",
                     *           "status": "active"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request: sent again with the same name and body, it happens once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Build agent",
                 *       "allowed_tools": [
                 *         "search"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    "idempotent-replayed": components["headers"]["IdempotentReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *       "name": "Build agent",
                     *       "scopes": [
                     *         "mcp:invoke"
                     *       ],
                     *       "mcp_server_ids": null,
                     *       "allowed_tools": [
                     *         "search"
                     *       ],
                     *       "expires_at": null,
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "key": "ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1",
                     *       "last_used_at": null,
                     *       "status": "active"
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *       "name": "Build agent",
                     *       "scopes": [
                     *         "mcp:invoke"
                     *       ],
                     *       "mcp_server_ids": null,
                     *       "allowed_tools": [
                     *         "search"
                     *       ],
                     *       "expires_at": null,
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "key": "ak_**6j0z",
                     *       "last_used_at": "2026-11-27T12:00:00.000Z",
                     *       "status": "active"
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to show */
            204: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    updateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "allowed_tools": null
                 *     }
                 */
                "application/json": components["schemas"]["ApiKeyPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *       "name": "Build agent",
                     *       "scopes": [
                     *         "mcp:invoke"
                     *       ],
                     *       "mcp_server_ids": null,
                     *       "allowed_tools": null,
                     *       "expires_at": null,
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "key": "ak_**6j0z",
                     *       "last_used_at": "2026-11-27T12:00:00.000Z",
                     *       "status": "active"
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    rotateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *       "name": "Build agent",
                     *       "scopes": [
                     *         "mcp:invoke"
                     *       ],
                     *       "mcp_server_ids": null,
                     *       "allowed_tools": [
                     *         "search"
                     *       ],
                     *       "expires_at": null,
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "key": "ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1",
                     *       "last_used_at": null,
                     *       "status": "active"
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listMcpServers: {
        parameters: {
            query?: {
                /** @description How many rows an answer has at most */
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *           "name": "Docs",
                     *           "upstream": {
                     *             "kind": "http",
                     *             "url": "https://mcp.example.com/mcp",
                     *             "headers": {
                     *               "authorization": "Bear..."
                     *             }
                     *           },
                     *           "allowed_tools": null,
                     *           "allowed_origins": [],
                     *           "mcp_url": "https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *           "slug": "mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *           "probe": {
                     *             "status": "ok",
                     *             "duration_ms": 42,
                     *             "protocol_era": "modern",
                     *             "protocol_version": "2026-07-28",
                     *             "server": {
                     *               "name": "docs",
                     *               "version": "1.0.0"
                     *             },
                     *             "tools": [
                     *               "search"
                     *             ],
                     *             "tool_count": 1
                     *           },
                     *           "created_at": "2026-11-27T12:00:00.000Z",
                     *           "updated_at": "2026-11-27T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["McpServerList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createMcpServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request: sent again with the same name and body, it happens once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Docs",
                 *       "upstream": {
                 *         "kind": "http",
                 *         "url": "https://mcp.example.com/mcp",
                 *         "headers": {
                 *           "authorization": "Bearer YOUR-TOKEN"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NewMcpServer"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    "idempotent-replayed": components["headers"]["IdempotentReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *       "name": "Docs",
                     *       "upstream": {
                     *         "kind": "http",
                     *         "url": "https://mcp.example.com/mcp",
                     *         "headers": {
                     *           "authorization": "Bear..."
                     *         }
                     *       },
                     *       "allowed_tools": null,
                     *       "allowed_origins": [],
                     *       "mcp_url": "https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "slug": "mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "probe": {
                     *         "status": "ok",
                     *         "duration_ms": 42,
                     *         "protocol_era": "modern",
                     *         "protocol_version": "2026-07-28",
                     *         "server": {
                     *           "name": "docs",
                     *           "version": "1.0.0"
                     *         },
                     *         "tools": [
                     *           "search"
                     *         ],
                     *         "tool_count": 1
                     *       },
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "updated_at": "2026-11-27T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["McpServer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getMcpServer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *       "name": "Docs",
                     *       "upstream": {
                     *         "kind": "http",
                     *         "url": "https://mcp.example.com/mcp",
                     *         "headers": {
                     *           "authorization": "Bear..."
                     *         }
                     *       },
                     *       "allowed_tools": null,
                     *       "allowed_origins": [],
                     *       "mcp_url": "https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "slug": "mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "probe": {
                     *         "status": "ok",
                     *         "duration_ms": 42,
                     *         "protocol_era": "modern",
                     *         "protocol_version": "2026-07-28",
                     *         "server": {
                     *           "name": "docs",
                     *           "version": "1.0.0"
                     *         },
                     *         "tools": [
                     *           "search"
                     *         ],
                     *         "tool_count": 1
                     *       },
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "updated_at": "2026-11-27T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["McpServer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteMcpServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to show */
            204: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    updateMcpServer: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "allowed_tools": [
                 *         "search"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["McpServerPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *       "name": "Docs",
                     *       "upstream": {
                     *         "kind": "http",
                     *         "url": "https://mcp.example.com/mcp",
                     *         "headers": {
                     *           "authorization": "Bear..."
                     *         }
                     *       },
                     *       "allowed_tools": [
                     *         "search"
                     *       ],
                     *       "allowed_origins": [],
                     *       "mcp_url": "https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "slug": "mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "probe": {
                     *         "status": "ok",
                     *         "duration_ms": 42,
                     *         "protocol_era": "modern",
                     *         "protocol_version": "2026-07-28",
                     *         "server": {
                     *           "name": "docs",
                     *           "version": "1.0.0"
                     *         },
                     *         "tools": [
                     *           "search"
                     *         ],
                     *         "tool_count": 1
                     *       },
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "updated_at": "2026-11-27T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["McpServer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    rotateMcpServerUrl: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what you have read: the change is made only if nobody else came first */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *       "name": "Docs",
                     *       "upstream": {
                     *         "kind": "http",
                     *         "url": "https://mcp.example.com/mcp",
                     *         "headers": {
                     *           "authorization": "Bear..."
                     *         }
                     *       },
                     *       "allowed_tools": null,
                     *       "allowed_origins": [],
                     *       "mcp_url": "https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "slug": "mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "probe": {
                     *         "status": "ok",
                     *         "duration_ms": 42,
                     *         "protocol_era": "modern",
                     *         "protocol_version": "2026-07-28",
                     *         "server": {
                     *           "name": "docs",
                     *           "version": "1.0.0"
                     *         },
                     *         "tools": [
                     *           "search"
                     *         ],
                     *         "tool_count": 1
                     *       },
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "updated_at": "2026-11-27T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["McpServer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listClientConfigurations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "mcp_url": "https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe",
                     *       "items": [
                     *         {
                     *           "client": "codex",
                     *           "title": "Codex",
                     *           "kind": "file",
                     *           "files": [
                     *             "~/.codex/config.toml"
                     *           ],
                     *           "language": "toml",
                     *           "content": "[mcp_servers.docs]\nurl = \"https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe\"\nbearer_token_env_var = \"PORTCULLIS_API_KEY\"",
                     *           "header": "authorization"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ClientConfigurationList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listLogs: {
        parameters: {
            query?: {
                /** @description From then on, before `to` */
                from?: string;
                /** @description Before then */
                to?: string;
                /** @description One JSON object, JSON lines, or CSV: then the next cursor is in `x-next-cursor` */
                format?: "json" | "jsonl" | "csv";
                /** @description How many rows an answer has at most: 100 as JSON (20 if left out), 1,000 as JSON lines or CSV */
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
                api_key_id?: string;
                mcp_server_id?: string;
                tool?: string;
                outcome?: "allowed" | "refused" | "would_be_refused" | "rejected" | "upstream_error" | "gateway_error";
                request_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    "x-next-cursor": components["headers"]["XNextCursor"];
                    "content-disposition": components["headers"]["ContentDisposition"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "log_0mwzie3v1k3Jd9sQa1",
                     *           "timestamp": "2026-11-27T12:00:00.000Z",
                     *           "api_key_id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *           "mcp_server_id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *           "http_method": "POST",
                     *           "method": "tools/call",
                     *           "tool": "search",
                     *           "outcome": "allowed",
                     *           "reason": null,
                     *           "credential": "valid",
                     *           "status": 200,
                     *           "duration_ms": 51,
                     *           "upstream_ms": 48,
                     *           "bytes_in": 120,
                     *           "bytes_out": 840,
                     *           "client": "claude-code/2.1.197",
                     *           "ip": "192.0.2.7",
                     *           "protocol_version": "2026-07-28",
                     *           "request_id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
                     *           "trace_id": null,
                     *           "count": 1,
                     *           "data": {
                     *             "arguments": {
                     *               "name": "search",
                     *               "arguments": {
                     *                 "query": "gate"
                     *               }
                     *             },
                     *             "result": {
                     *               "content": []
                     *             }
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["LogRowList"];
                    /** @example {"id":"log_0mwzie3v1k3Jd9sQa1","timestamp":"2026-11-27T12:00:00.000Z","api_key_id":"key_0mwzie3qil7SzPEUYr6DmCr","mcp_server_id":"srv_0mwzie3pacvezPyYmLqoUVD","http_method":"POST","method":"tools/call","tool":"search","outcome":"allowed","reason":null,"credential":"valid","status":200,"duration_ms":51,"upstream_ms":48,"bytes_in":120,"bytes_out":840,"client":"claude-code/2.1.197","ip":"192.0.2.7","protocol_version":"2026-07-28","request_id":"0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d","trace_id":null,"count":1,"data":{"arguments":{"name":"search","arguments":{"query":"gate"}},"result":{"content":[]}}} */
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "log_0mwzie3v1k3Jd9sQa1",
                     *       "timestamp": "2026-11-27T12:00:00.000Z",
                     *       "api_key_id": null,
                     *       "mcp_server_id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *       "http_method": "POST",
                     *       "method": null,
                     *       "tool": null,
                     *       "outcome": "refused",
                     *       "reason": "revoked",
                     *       "credential": "revoked",
                     *       "status": 401,
                     *       "duration_ms": 51,
                     *       "upstream_ms": null,
                     *       "bytes_in": 120,
                     *       "bytes_out": 840,
                     *       "client": "claude-code/2.1.197",
                     *       "ip": "192.0.2.7",
                     *       "protocol_version": "2026-07-28",
                     *       "request_id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
                     *       "trace_id": null,
                     *       "count": 1,
                     *       "refusal": {
                     *         "reason": "revoked",
                     *         "presented": "ak_**6j0z",
                     *         "explanation": "This key was revoked at 2026-11-27T12:00:00.000Z by the organization.",
                     *         "key": {
                     *           "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *           "name": "Build agent"
                     *         },
                     *         "revoked_at": "2026-11-27T12:00:00.000Z",
                     *         "revoked_by": {
                     *           "kind": "organization"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["LogRow"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getUsage: {
        parameters: {
            query: {
                group_by: "api_key" | "tool" | "mcp_server" | "day";
                /** @description From then on, before `to` */
                from?: string;
                /** @description Before then */
                to?: string;
                /** @description One JSON object, JSON lines, or CSV: then the next cursor is in `x-next-cursor` */
                format?: "json" | "jsonl" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    "x-next-cursor": components["headers"]["XNextCursor"];
                    "content-disposition": components["headers"]["ContentDisposition"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "tool": "search",
                     *           "calls": 124,
                     *           "outcomes": {
                     *             "allowed": 120,
                     *             "refused": 3,
                     *             "would_be_refused": 0,
                     *             "rejected": 0,
                     *             "upstream_error": 1,
                     *             "gateway_error": 0
                     *           },
                     *           "p50_ms": 48,
                     *           "p95_ms": 210,
                     *           "bytes_in": 14880,
                     *           "bytes_out": 104160
                     *         }
                     *       ],
                     *       "group_by": "tool",
                     *       "from": "2026-11-21T00:00:00.000Z",
                     *       "to": "2026-11-28T00:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Usage"];
                    /** @example {"tool":"search","calls":124,"outcomes":{"allowed":120,"refused":3,"would_be_refused":0,"rejected":0,"upstream_error":1,"gateway_error":0},"p50_ms":48,"p95_ms":210,"bytes_in":14880,"bytes_out":104160} */
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getReadiness: {
        parameters: {
            query?: {
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ready": false,
                     *       "days": 7,
                     *       "missing": [
                     *         "callers"
                     *       ],
                     *       "traffic": {
                     *         "calls": 124,
                     *         "calls_with_valid_key": 121,
                     *         "needed": 10
                     *       },
                     *       "callers": [
                     *         {
                     *           "id": "Tm9ib2R5SGVyZWlz",
                     *           "mcp_server_id": "srv_0mwzie3pacvezPyYmLqoUVD",
                     *           "client": "cursor/3.2",
                     *           "ip": "192.0.2.7",
                     *           "reason": "no_key",
                     *           "count": 3,
                     *           "first_seen": "2026-11-27T12:00:00.000Z",
                     *           "last_seen": "2026-11-27T12:00:00.000Z",
                     *           "sample_request_id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
                     *           "dismissed": false,
                     *           "what_to_do": "Create an API key for this client, and send it as x-api-key or as Authorization: Bearer with every request."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description From then on, before `to` */
                from?: string;
                /** @description Before then */
                to?: string;
                /** @description One JSON object, JSON lines, or CSV: then the next cursor is in `x-next-cursor` */
                format?: "json" | "jsonl" | "csv";
                /** @description How many rows an answer has at most: 100 as JSON (20 if left out), 1,000 as JSON lines or CSV */
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
                /** @description What was changed */
                target?: "config" | "api_key" | "mcp_server" | "project" | "dismissal" | "organization_key";
                /** @description The id of what was changed */
                target_id?: string;
                /** @description Who changed it */
                api_key_id?: string;
                action?: "config.update" | "api_key.create" | "api_key.update" | "api_key.rotate" | "api_key.revoke" | "mcp_server.create" | "mcp_server.update" | "mcp_server.rotate_url" | "mcp_server.delete" | "project.create" | "project.delete" | "dismissal.create" | "dismissal.delete" | "organization_key.create" | "organization_key.replace";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    "x-next-cursor": components["headers"]["XNextCursor"];
                    "content-disposition": components["headers"]["ContentDisposition"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "chg_0mwzie3v1hQmTn3YpWc8RbX",
                     *           "timestamp": "2026-11-27T12:00:00.000Z",
                     *           "actor": {
                     *             "kind": "api_key",
                     *             "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *             "name": "First key"
                     *           },
                     *           "action": "config.update",
                     *           "target": {
                     *             "kind": "config",
                     *             "id": "pr_SOn3bKv7mOddcgkf"
                     *           },
                     *           "changes": {
                     *             "require_mcp_api_key": {
                     *               "from": false,
                     *               "to": true
                     *             }
                     *           },
                     *           "request_id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
                     *           "ip": "192.0.2.7"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditRowList"];
                    /** @example {"id":"chg_0mwzie3v1hQmTn3YpWc8RbX","timestamp":"2026-11-27T12:00:00.000Z","actor":{"kind":"api_key","id":"key_0mwzie3qil7SzPEUYr6DmCr","name":"First key"},"action":"config.update","target":{"kind":"config","id":"pr_SOn3bKv7mOddcgkf"},"changes":{"require_mcp_api_key":{"from":false,"to":true}},"request_id":"0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d","ip":"192.0.2.7"} */
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listOrganizationAudit: {
        parameters: {
            query?: {
                /** @description From then on, before `to` */
                from?: string;
                /** @description Before then */
                to?: string;
                /** @description One JSON object, JSON lines, or CSV: then the next cursor is in `x-next-cursor` */
                format?: "json" | "jsonl" | "csv";
                /** @description How many rows an answer has at most: 100 as JSON (20 if left out), 1,000 as JSON lines or CSV */
                limit?: number;
                /** @description The `next_cursor` of the page before */
                cursor?: string;
                /** @description What was changed */
                target?: "config" | "api_key" | "mcp_server" | "project" | "dismissal" | "organization_key";
                /** @description The id of what was changed */
                target_id?: string;
                /** @description Who changed it */
                api_key_id?: string;
                action?: "config.update" | "api_key.create" | "api_key.update" | "api_key.rotate" | "api_key.revoke" | "mcp_server.create" | "mcp_server.update" | "mcp_server.rotate_url" | "mcp_server.delete" | "project.create" | "project.delete" | "dismissal.create" | "dismissal.delete" | "organization_key.create" | "organization_key.replace";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    "x-next-cursor": components["headers"]["XNextCursor"];
                    "content-disposition": components["headers"]["ContentDisposition"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "chg_0mwzie3v1hQmTn3YpWc8RbX",
                     *           "timestamp": "2026-11-27T12:00:00.000Z",
                     *           "actor": {
                     *             "kind": "organization"
                     *           },
                     *           "action": "project.create",
                     *           "target": {
                     *             "kind": "project",
                     *             "id": "pr_SOn3bKv7mOddcgkf",
                     *             "name": "Research"
                     *           },
                     *           "changes": {
                     *             "name": {
                     *               "from": null,
                     *               "to": "Research"
                     *             }
                     *           },
                     *           "request_id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
                     *           "ip": "192.0.2.7"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditRowList"];
                    /** @example {"id":"chg_0mwzie3v1hQmTn3YpWc8RbX","timestamp":"2026-11-27T12:00:00.000Z","actor":{"kind":"organization"},"action":"project.create","target":{"kind":"project","id":"pr_SOn3bKv7mOddcgkf","name":"Research"},"changes":{"name":{"from":null,"to":"Research"}},"request_id":"0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d","ip":"192.0.2.7"} */
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["OrganizationUnauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getSessionInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "project": {
                     *         "id": "pr_SOn3bKv7mOddcgkf",
                     *         "name": "Research"
                     *       },
                     *       "api_key": {
                     *         "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *         "name": "Build agent",
                     *         "scopes": [
                     *           "mcp:invoke"
                     *         ],
                     *         "mcp_server_ids": null,
                     *         "allowed_tools": [
                     *           "search"
                     *         ],
                     *         "expires_at": null,
                     *         "created_at": "2026-11-27T12:00:00.000Z",
                     *         "key": "ak_**6j0z",
                     *         "secret_ends_at": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["SessionInfo"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listDismissals: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "dis_0mwzie3v1hQmTn3YpWc8RbX",
                     *           "mcp_server_id": null,
                     *           "client": null,
                     *           "ip": "192.0.2.7",
                     *           "reason": null,
                     *           "created_at": "2026-11-27T12:00:00.000Z",
                     *           "created_by": {
                     *             "kind": "api_key",
                     *             "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *             "name": "First key"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["DismissalList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createDismissal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ip": "192.0.2.7"
                 *     }
                 */
                "application/json": components["schemas"]["NewDismissal"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "dis_0mwzie3v1hQmTn3YpWc8RbX",
                     *       "mcp_server_id": null,
                     *       "client": null,
                     *       "ip": "192.0.2.7",
                     *       "reason": null,
                     *       "created_at": "2026-11-27T12:00:00.000Z",
                     *       "created_by": {
                     *         "kind": "api_key",
                     *         "id": "key_0mwzie3qil7SzPEUYr6DmCr",
                     *         "name": "First key"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Dismissal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteDismissal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to show */
            204: {
                headers: {
                    "x-request-id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["InsufficientPermissions"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
}
