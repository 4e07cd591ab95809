import type { Actor, ChangeRequest } from '../domain/audit.ts';
import type { ProjectRequest } from './management.ts';

type Request = Pick<ProjectRequest, 'event' | 'now'>;

/** A request of a project's key, as the audit trail tells of it. */
export const byProjectKey = (request: Request & Pick<ProjectRequest, 'keyId' | 'keyName'>): ChangeRequest =>
  of(request, { kind: 'api_key', id: request.keyId, name: request.keyName });

/** A request with the organization key. */
export const byOrganization = (request: Request): ChangeRequest => of(request, { kind: 'organization' });

const of = ({ event, now }: Request, actor: Actor): ChangeRequest => ({
  actor,
  requestId: event.requestContext.requestId,
  ip: event.requestContext.identity.sourceIp,
  now,
});
