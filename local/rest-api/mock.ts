import { type HeaderList, writeAnswer } from './answer.ts';
import type { Integration } from './integration.ts';
import type { MethodDefinition, MockIntegration, RestApi } from './model.ts';
import { headerOf } from './request.ts';

function headersOf(
  { StatusCode, ResponseParameters }: MockIntegration['IntegrationResponses'][number],
  { MethodResponses }: MethodDefinition,
  where: string,
): HeaderList {
  const declared = MethodResponses.find((method) => method.StatusCode === StatusCode);
  if (declared === undefined) throw new Error(`${where}: it has no method response ${StatusCode}`);
  return Object.entries(ResponseParameters).map(([target, value]) => {
    const [, name] = /^method\.response\.header\.(.+)$/.exec(target) ?? [];
    const literal = /^'(.*)'$/s.exec(value)?.[1];
    if (name === undefined || literal === undefined) {
      throw new Error(
        `${where}: the local gateway serves 'quoted' header values only, not ${target}: ${value}`,
      );
    }
    if (!(target in declared.ResponseParameters)) {
      throw new Error(`${where}: its method response ${StatusCode} does not declare ${target}`);
    }
    return [name, literal];
  });
}

function staticTemplate(template: string, where: string): string {
  if (/[$#]/.test(template))
    throw new Error(`${where}: the local gateway serves static templates only: ${template}`);
  return template;
}

/** @returns the mock's status for each media type; absent when its template names none */
function requestStatuses({ RequestTemplates }: MockIntegration, where: string): Map<string, number> {
  const statuses = new Map<string, number>();
  for (const [mediaType, template] of Object.entries(RequestTemplates)) {
    const [, status] = /\bstatusCode"?\s*:\s*"?(\d{3})\b/.exec(staticTemplate(template, where)) ?? [];
    if (status !== undefined) statuses.set(mediaType.toLowerCase(), Number(status));
  }
  return statuses;
}

/**
 * @param api the API
 * @param method a method with a MOCK integration
 * @param integration its integration
 * @returns answers as API Gateway's MOCK does, its known failures included
 * @throws Error that names what is not served here
 */
export function createMock(
  api: RestApi,
  method: MethodDefinition,
  integration: MockIntegration,
): Integration {
  const where = `AWS::ApiGateway::Method ${method.logicalId}`;
  const statuses = requestStatuses(integration, where);
  const answers = integration.IntegrationResponses.map((definition) => ({
    pattern: definition.SelectionPattern,
    status: definition.StatusCode,
    headers: headersOf(definition, method, where),
    body: Buffer.from(staticTemplate(definition.ResponseTemplates['application/json'] ?? '', where)),
  }));
  // With binary media types a MOCK gets the request as bytes, to which no template applies, and fails.
  const isReadable = !api.binary || integration.ContentHandling === 'CONVERT_TO_TEXT';

  return async ({ request }, response) => {
    const mediaType = (headerOf(request, 'content-type') ?? 'application/json')
      .split(';')[0]
      ?.trim()
      .toLowerCase();
    const hasTemplate = mediaType !== undefined && mediaType in integration.RequestTemplates;
    const passesThrough =
      integration.PassthroughBehavior === 'WHEN_NO_MATCH' ||
      (integration.PassthroughBehavior === 'WHEN_NO_TEMPLATES' &&
        Object.keys(integration.RequestTemplates).length === 0);
    if (!hasTemplate && !passesThrough) return { type: 'UNSUPPORTED_MEDIA_TYPE' };

    const status = isReadable ? statuses.get(mediaType ?? '') : undefined;
    const answer =
      status === undefined
        ? undefined
        : (answers.find(
            ({ pattern }) => pattern !== undefined && new RegExp(`^${pattern}$`).test(`${status}`),
          ) ?? answers.find(({ pattern }) => pattern === undefined));
    if (answer === undefined) return { type: 'DEFAULT_5XX' };
    const headers: HeaderList = [['Content-Type', 'application/json'], ...answer.headers];
    writeAnswer(response, request, { ...answer, headers });
    return undefined;
  };
}
