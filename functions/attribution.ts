import {
  type CallData,
  dayOf,
  logId,
  OUTCOMES,
  placeOfLogId,
  type UsageDimension,
} from './domain/call-record.ts';
import { ApiError } from './domain/errors.ts';
import { isGrantedScope } from './domain/principal.ts';
import { daysUntil, NEEDED_CALLS, readiness, WHAT_TO_DO } from './domain/readiness.ts';
import { explainRefusal } from './domain/refusal-lookup.ts';
import { DAY_MS, isoTime } from './domain/time.ts';
import { ENVIRONMENT, MAX_LOG_RETENTION_DAYS, requiredVariable } from './environment.ts';
import type {
  AnswerOf,
  auditRowSchema,
  logRowSchema,
  readinessSchema,
  sessionInfoSchema,
  usageRowSchema,
  usageSchema,
} from './http/answers.ts';
import { listRenderer } from './http/export.ts';
import {
  answer,
  managementHandler,
  type ProjectRequest,
  readQuery,
  requireEveryServer,
} from './http/management.ts';
import { pageReader } from './http/pages.ts';
import {
  auditQuerySchema,
  logsQuerySchema,
  noQuerySchema,
  pageOf,
  projectConfigSchema,
  readinessQuerySchema,
  spanOf,
  usageQuerySchema,
} from './http/schemas.ts';
import { signedCursors } from './secrets/cursors.ts';
import { rootSecret } from './secrets/root-secret.ts';
import { type AuditRow, listAudit, ORGANIZATION } from './table/audit-store.ts';
import { documentClient } from './table/client.ts';
import { readProjectKey } from './table/key-facts.ts';
import { findLog, type LogRow, listLogs, readData } from './table/log-store.ts';
import { findProject, type StoredProject } from './table/project-store.ts';
import { readReadinessFacts } from './table/readiness-facts.ts';
import { readUsage } from './table/usage-store.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };
const cursors = signedCursors(rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) }));
const readPage = pageReader(cursors);

/** Who called what, who would be refused, and who changed what. It reads and never writes. */
export const handler = managementHandler('attribution', {
  'GET /api/v3/org/project/logs': async (request) => {
    const { event, projectId, now } = request;
    const query = await readQuery(logsQuerySchema, event);
    requireEveryServer(request);
    const filter = {
      apiKeyId: query.api_key_id,
      mcpServerId: query.mcp_server_id,
      tool: query.tool,
      outcome: query.outcome,
      requestId: query.request_id,
      ...spanOf(query),
    };
    const isLookup = query.request_id !== undefined;
    const renderer = listRenderer(query.format, {
      name: 'logs',
      columns: isLookup ? [...LOG_COLUMNS, 'refusal'] : LOG_COLUMNS,
    });
    const showsData = await dataVisibility(projectId);
    const list = { owner: projectId, list: `logs ${JSON.stringify(filter)}` };
    const { rows: lines, next_cursor } = await readPage(pageOf(query), list, async (page) => {
      const { rows, last } = await listLogs(table, projectId, filter, page, now);
      const room = renderer.room();
      let lastShown: string | undefined;
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
        const some = rows.slice(at, at + ROWS_AT_ONCE);
        const data = await dataOf(request, some.filter(showsData));
        for (const row of some) {
          const shown: LogAnswer = {
            ...shownRow(row, data.get(row.place)),
            ...(isLookup && (await refusalOf(request, row))),
          };
          if (!room.take(shown)) return { rows: room.lines, last: lastShown };
          lastShown = row.place;
        }
      }
      return { rows: room.lines, last };
    });
    return renderer.answer(lines, next_cursor);
  },

  'GET /api/v3/org/project/logs/{id}': async (request) => {
    const { event, id, projectId, now } = request;
    await readQuery(noQuerySchema, event);
    requireEveryServer(request);
    const place = placeOfLogId(id);
    const row = place === undefined ? undefined : await findLog(table, projectId, place, now);
    if (row === undefined) throw new ApiError('not_found');
    const showsData = await dataVisibility(projectId);
    const data = await dataOf(request, [row].filter(showsData));
    const shown: LogAnswer = { ...shownRow(row, data.get(row.place)), ...(await refusalOf(request, row)) };
    return answer(200, shown);
  },

  'GET /api/v3/org/project/usage': async (request) => {
    const { event, projectId, now } = request;
    const query = await readQuery(usageQuerySchema(now, MAX_LOG_RETENTION_DAYS), event);
    requireEveryServer(request);
    const { group_by, format, first, last } = query;
    const group = USAGE_FIELDS[group_by];
    const days = { fromDay: dayOf(first), toDay: dayOf(last) };
    const usage = await readUsage(table, projectId, group_by, days, now);
    // The days as they come; of others those that make most calls, should there be too many for an answer.
    const ordered = group_by === 'day' ? usage : usage.toSorted((a, b) => b.calls - a.calls);
    const renderer = listRenderer(format, { name: 'usage', columns: [group, ...USAGE_COLUMNS] });
    const room = renderer.room();
    const shown = ordered.slice(0, MAX_USAGE_ROWS);
    for (const { value, valid_calls: _forReadiness, ...counts } of shown) {
      room.take({ [group]: value, ...counts } satisfies AnswerOf<typeof usageRowSchema>);
    }
    return renderer.answer(room.lines, undefined, {
      group_by,
      from: isoTime(first),
      to: isoTime(last + DAY_MS),
      ...(ordered.length > shown.length && { items_left_out: ordered.length - shown.length }),
    } satisfies Omit<AnswerOf<typeof usageSchema>, 'items'>);
  },

  'GET /api/v3/org/project/mcp_api_key_readiness': async (request) => {
    const { event, projectId, now } = request;
    const { days } = await readQuery(readinessQuerySchema, event);
    requireEveryServer(request);
    const facts = await readReadinessFacts(table, projectId, daysUntil(now, days), now);
    const { ready, missing, callers } = readiness(facts);
    // Whom the owner still has to look at comes first.
    const ordered = callers.toSorted((a, b) => Number(a.isDismissed) - Number(b.isDismissed));
    const shown = ordered.slice(0, MAX_CALLERS);
    const report: AnswerOf<typeof readinessSchema> = {
      ready,
      days,
      missing,
      traffic: {
        calls: facts.calls,
        calls_with_valid_key: facts.callsWithValidKey,
        needed: NEEDED_CALLS,
      },
      callers: shown.map(({ caller, isDismissed }) => ({
        ...caller,
        first_seen: isoTime(caller.first_seen),
        last_seen: isoTime(caller.last_seen),
        dismissed: isDismissed,
        what_to_do: WHAT_TO_DO[caller.reason],
      })),
      ...(ordered.length > shown.length && { callers_left_out: ordered.length - shown.length }),
    };
    return answer(200, report);
  },

  'GET /api/v3/org/project/audit': async (request) => {
    requireEveryServer(request);
    return auditAnswer(request, request.projectId);
  },

  'GET /api/v3/org/owner/audit': (request) => auditAnswer(request, ORGANIZATION),

  'GET /api/v3/auth/session/info': async ({ event, projectId, keyId, secretEndsAt, now }) => {
    await readQuery(noQuerySchema, event);
    const [project, key] = await Promise.all([
      existingProject(projectId),
      readProjectKey(table, projectId, keyId, now),
    ]);
    // The key has gone since the authorizer looked.
    if (key === undefined) throw new ApiError('invalid_key');
    const { display_name } = projectConfigSchema.parse(project.settings);
    const info: AnswerOf<typeof sessionInfoSchema> = {
      project: { id: project.id, name: project.name, ...(display_name !== undefined && { display_name }) },
      api_key: {
        id: key.key_id,
        name: key.name,
        key: key.masked_key,
        scopes: key.scopes.filter(isGrantedScope),
        mcp_server_ids: key.mcp_server_ids,
        allowed_tools: key.allowed_tools,
        expires_at: isoTime(key.expires_at),
        created_at: key.created_at,
        secret_ends_at: isoTime(secretEndsAt),
      },
    };
    return answer(200, info);
  },
});

/** Rows whose payloads are read, and whose answer is rendered, at once: one that is full is not read on for. */
const ROWS_AT_ONCE = 50;
const MAX_USAGE_ROWS = 1_000;
const MAX_CALLERS = 500;

/** Each member of a row that is an answer's own. */
const LOG_COLUMNS = [
  ...['id', 'timestamp', 'api_key_id', 'mcp_server_id', 'http_method', 'method', 'tool'],
  ...['outcome', 'reason', 'credential', 'status', 'duration_ms', 'upstream_ms', 'bytes_in', 'bytes_out'],
  ...[
    'client',
    'ip',
    'protocol_version',
    'request_id',
    'trace_id',
    'count',
    'first_seen',
    'last_seen',
    'data',
  ],
];
const USAGE_COLUMNS = [
  'calls',
  ...OUTCOMES.map((outcome) => `outcomes.${outcome}`),
  ...['p50_ms', 'p95_ms', 'bytes_in', 'bytes_out'],
];
const AUDIT_COLUMNS = [
  ...['id', 'timestamp', 'actor.kind', 'actor.id', 'actor.name', 'action'],
  ...['target.kind', 'target.id', 'target.name', 'changes', 'request_id', 'ip'],
];

/** What usage is counted by, as a row names it. */
const USAGE_FIELDS = {
  api_key: 'api_key_id',
  tool: 'tool',
  mcp_server: 'mcp_server_id',
  day: 'day',
} as const satisfies Record<UsageDimension, string>;

/** The project can be gone between the authorizer's look and ours: then its keys are no keys any more. */
async function existingProject(projectId: string): Promise<StoredProject> {
  const project = await findProject(table, projectId);
  if (project === undefined) throw new ApiError('invalid_key');
  return project;
}

/**
 * @returns which rows may show their payload: none while the project stores no data, and never again those of calls before
 *   it last began to store none
 */
async function dataVisibility(projectId: string): Promise<(row: LogRow) => boolean> {
  const { settings, dataHiddenBefore = 0 } = await existingProject(projectId);
  const isShown = projectConfigSchema.parse(settings).log_visibility_setting === 'show_all';
  return ({ hasData, at }) => isShown && hasData && at > dataHiddenBefore;
}

/** @param rows at most 100 */
const dataOf = async (
  { projectId, now }: ProjectRequest,
  rows: readonly LogRow[],
): Promise<ReadonlyMap<string, CallData>> =>
  rows.length === 0
    ? new Map()
    : readData(
        table,
        projectId,
        rows.map(({ place }) => place),
        now,
      );

type LogAnswer = AnswerOf<typeof logRowSchema>;

const shownRow = (row: LogRow, data: CallData | undefined): LogAnswer => ({
  id: logId(row.place),
  timestamp: isoTime(row.at),
  api_key_id: row.api_key_id,
  mcp_server_id: row.mcp_server_id,
  http_method: row.http_method,
  method: row.method,
  tool: row.tool,
  outcome: row.outcome,
  reason: row.reason,
  credential: row.credential,
  status: row.status,
  duration_ms: row.duration_ms,
  upstream_ms: row.upstream_ms,
  bytes_in: row.bytes_in,
  bytes_out: row.bytes_out,
  client: row.client,
  ip: row.ip,
  protocol_version: row.protocol_version,
  request_id: row.request_id,
  trace_id: row.trace_id,
  count: row.flood?.count ?? 1,
  ...(row.flood !== null && {
    first_seen: isoTime(row.flood.first_seen),
    last_seen: isoTime(row.flood.last_seen),
  }),
  ...(data !== undefined && { data }),
});

/** Why a call was refused, or would be; nothing for any other call. */
async function refusalOf(
  { projectId, now }: ProjectRequest,
  row: LogRow,
): Promise<Pick<LogAnswer, 'refusal'>> {
  if (row.outcome !== 'refused' && row.outcome !== 'would_be_refused') return {};
  const { presented_key_id: keyId, reason, presented } = row;
  const key = keyId === null ? undefined : await readProjectKey(table, projectId, keyId, now);
  const { explanation, revoked } = explainRefusal(
    row,
    key && {
      expiresAt: key.expires_at,
      revoked: key.revoked ?? null,
      secretEnds: key.secrets.flatMap(({ ends_at }) => (ends_at === null ? [] : [ends_at])),
    },
  );
  return {
    refusal: {
      reason,
      presented,
      explanation,
      ...(key !== undefined && { key: { id: key.key_id, name: key.name } }),
      ...(revoked !== null && { revoked_at: isoTime(revoked.at), revoked_by: revoked.by }),
    },
  };
}

async function auditAnswer({ event, now }: Pick<ProjectRequest, 'event' | 'now'>, owner: string) {
  const query = await readQuery(auditQuerySchema, event);
  const { from, to } = spanOf(query);
  const filter = {
    targetKind: query.target,
    targetId: query.target_id,
    actorKeyId: query.api_key_id,
    action: query.action,
    from,
    // The trail's own bound is inclusive.
    to: to === undefined ? undefined : to - 1,
  };
  const renderer = listRenderer(query.format, { name: 'audit', columns: AUDIT_COLUMNS });
  const list = { owner, list: `audit ${JSON.stringify(filter)}` };
  const { rows: lines, next_cursor } = await readPage(pageOf(query), list, async (page) => {
    const { rows, last } = await listAudit(table, owner, filter, page, now);
    const room = renderer.room();
    for (const [n, row] of rows.entries()) {
      if (!room.take(shownChange(row))) return { rows: room.lines, last: rows[n - 1]?.id };
    }
    return { rows: room.lines, last };
  });
  return renderer.answer(lines, next_cursor);
}

const shownChange = ({ id, at, ...row }: AuditRow): AnswerOf<typeof auditRowSchema> => {
  const { actor, action, target, changes, request_id, ip } = row;
  return { id, timestamp: isoTime(at), actor, action, target, changes, request_id, ip };
};
