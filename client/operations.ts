// Generated from the OpenAPI document by `npm run generate`: do not edit.

/** How each operation is called, by its id. */
export const OPERATIONS = {
  "getHealth": {
    "method": "GET",
    "path": "/health",
    "needs": "nothing",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "getProjectConfig": {
    "method": "GET",
    "path": "/api/v3/org/project/config",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "updateProjectConfig": {
    "method": "PATCH",
    "path": "/api/v3/org/project/config",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "createProject": {
    "method": "POST",
    "path": "/api/v3/org/owner/project/new",
    "needs": "organizationKey",
    "idempotent": false,
    "takesIdempotencyKey": true,
    "isPaged": false
  },
  "listProjects": {
    "method": "GET",
    "path": "/api/v3/org/owner/project/list",
    "needs": "organizationKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": true
  },
  "getProject": {
    "method": "GET",
    "path": "/api/v3/org/owner/project/{id}",
    "needs": "organizationKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "deleteProject": {
    "method": "DELETE",
    "path": "/api/v3/org/owner/project/{id}",
    "needs": "organizationKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "createFirstApiKey": {
    "method": "POST",
    "path": "/api/v3/org/owner/project/{id}/api_keys",
    "needs": "organizationKey",
    "idempotent": false,
    "takesIdempotencyKey": true,
    "isPaged": false
  },
  "listApiKeys": {
    "method": "GET",
    "path": "/api/v3/org/project/api_keys",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": true
  },
  "createApiKey": {
    "method": "POST",
    "path": "/api/v3/org/project/api_keys",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": true,
    "isPaged": false
  },
  "getApiKey": {
    "method": "GET",
    "path": "/api/v3/org/project/api_keys/{id}",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "updateApiKey": {
    "method": "PATCH",
    "path": "/api/v3/org/project/api_keys/{id}",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "revokeApiKey": {
    "method": "DELETE",
    "path": "/api/v3/org/project/api_keys/{id}",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "rotateApiKey": {
    "method": "POST",
    "path": "/api/v3/org/project/api_keys/{id}/rotate",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "listMcpServers": {
    "method": "GET",
    "path": "/api/v3/mcp/servers",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": true
  },
  "createMcpServer": {
    "method": "POST",
    "path": "/api/v3/mcp/servers",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": true,
    "isPaged": false
  },
  "getMcpServer": {
    "method": "GET",
    "path": "/api/v3/mcp/{id}",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "updateMcpServer": {
    "method": "PATCH",
    "path": "/api/v3/mcp/{id}",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "deleteMcpServer": {
    "method": "DELETE",
    "path": "/api/v3/mcp/{id}",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "rotateMcpServerUrl": {
    "method": "POST",
    "path": "/api/v3/mcp/{id}/rotate_url",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "listClientConfigurations": {
    "method": "GET",
    "path": "/api/v3/mcp/{id}/clients",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "listLogs": {
    "method": "GET",
    "path": "/api/v3/org/project/logs",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": true
  },
  "getLog": {
    "method": "GET",
    "path": "/api/v3/org/project/logs/{id}",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "getUsage": {
    "method": "GET",
    "path": "/api/v3/org/project/usage",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "getReadiness": {
    "method": "GET",
    "path": "/api/v3/org/project/mcp_api_key_readiness",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "listAudit": {
    "method": "GET",
    "path": "/api/v3/org/project/audit",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": true
  },
  "listOrganizationAudit": {
    "method": "GET",
    "path": "/api/v3/org/owner/audit",
    "needs": "organizationKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": true
  },
  "getSessionInfo": {
    "method": "GET",
    "path": "/api/v3/auth/session/info",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "listDismissals": {
    "method": "GET",
    "path": "/api/v3/org/project/mcp_api_key_readiness/dismissals",
    "needs": "apiKey",
    "idempotent": true,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "createDismissal": {
    "method": "POST",
    "path": "/api/v3/org/project/mcp_api_key_readiness/dismissals",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  },
  "deleteDismissal": {
    "method": "DELETE",
    "path": "/api/v3/org/project/mcp_api_key_readiness/dismissals/{id}",
    "needs": "apiKey",
    "idempotent": false,
    "takesIdempotencyKey": false,
    "isPaged": false
  }
} as const;
