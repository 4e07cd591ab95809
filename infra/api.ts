import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  ContentHandling,
  EndpointType,
  type IAuthorizer,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  MockIntegration,
  PassthroughBehavior,
  RequestAuthorizer,
  type Resource,
  ResponseTransferMode,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGateway } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import type { PortcullisDomain } from './portcullis.ts';
import { ROUTES, type Route } from './routes.ts';

export interface PortcullisApiProps {
  /** Among the APIs of the account, as the console shows them. */
  readonly name: string;
  readonly stage: string;
  /** Requests a second that the stage takes in the long run, of all clients together, and at once. */
  readonly throttleRate: number;
  readonly throttleBurst: number;
  readonly domain: PortcullisDomain | undefined;
  /** Whether a web ACL holds callers to a rate. */
  readonly firewall: boolean;
  /** How long the access log is kept. */
  readonly logRetention: RetentionDays;
  readonly accountCloudWatchRole: boolean;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
}

/** A preflight is answered to anybody: which origins may call is decided with the call itself. */
const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET,POST,PATCH,DELETE,OPTIONS',
  // A wildcard does not cover Authorization (Fetch standard, CORS non-wildcard request-header name).
  'Access-Control-Allow-Headers': '*, Authorization',
  'Access-Control-Max-Age': '86400',
};

/**
 * One line a request. While the gate is down the path is the only secret, so the line names the resource
 * (`/{mcp_url}`), never the path; and no header, query or authorizer context, which can hold a key.
 */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    requestTimeEpoch: AccessLogField.contextRequestTimeEpoch(),
    httpMethod: AccessLogField.contextHttpMethod(),
    resourcePath: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    responseLength: AccessLogField.contextResponseLength(),
    responseLatency: AccessLogField.contextResponseLatency(),
    integrationStatus: AccessLogField.contextIntegrationStatus(),
    integrationLatency: AccessLogField.contextIntegrationLatency(),
    authorizerStatus: AccessLogField.contextAuthorizerStatus(),
    authorizerLatency: AccessLogField.contextAuthorizerLatency(),
    errorResponseType: AccessLogField.contextErrorResponseType(),
    ip: AccessLogField.contextIdentitySourceIp(),
  }),
);

/** The REST API: routes, the authorizer before them, and every answer that API Gateway gives itself. */
export class PortcullisApi extends Construct {
  readonly restApi: RestApi;
  /** Without a slash at its end: `{url}/{mcp_url}`. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: PortcullisApiProps) {
    super(scope, id);
    this.restApi = this.#restApi(props);
    this.url = props.domain ? `https://${props.domain.name}` : this.restApi.url.replace(/\/$/, '');
    if (props.domain?.hostedZone) this.#addRecord(props.domain.name, props.domain.hostedZone);
    addGatewayResponses(this.restApi, { firewall: props.firewall });

    // No identity source: with one, API Gateway refuses a request without the header before our code has seen that
    // the gate is down. And no result cache, whatever `cacheSeconds` is: its key would be the identity source, so
    // that a caller without a key would ride on the Allow of another.
    const authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: props.functions.authorizer,
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    for (const route of ROUTES) {
      this.#addRoute(
        route,
        this.restApi.root.resourceForPath(route.path),
        props.functions[route.function],
        authorizer,
      );
    }
  }

  #restApi(props: PortcullisApiProps): RestApi {
    const { name, stage, throttleRate, throttleBurst, domain, accountCloudWatchRole } = props;
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const restApi = new RestApi(this, 'Rest', {
      restApiName: name,
      description: 'MCP gateway with an API-key gate for each project',
      // Regional: an edge-optimised endpoint ends a stream after 30 s without a byte, a regional one after 5 minutes.
      endpointTypes: [EndpointType.REGIONAL],
      // Every body reaches the functions as base64: text mode destroys bytes that are not UTF-8.
      binaryMediaTypes: ['*/*'],
      // An access log needs the account's CloudWatch role for API Gateway. It is one setting for the account and
      // region, so it stays when the stack is deleted.
      cloudWatchRole: accountCloudWatchRole,
      ...(domain && {
        domainName: {
          domainName: domain.name,
          certificate: domain.certificate,
          endpointType: EndpointType.REGIONAL,
          securityPolicy: SecurityPolicy.TLS_1_2,
        },
      }),
      deployOptions: {
        stageName: stage,
        throttlingRateLimit: throttleRate,
        throttlingBurstLimit: throttleBurst,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: ACCESS_LOG_FORMAT,
        // Those of each method are paid by the month. What the API sends of itself is free, and the access log has the methods.
        metricsEnabled: false,
        // Execution logs and API Gateway's trace segments record the whole URL, which is a secret here. The
        // functions are traced, their segments carry no URL.
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        tracingEnabled: false,
      },
    });
    // The stack has an output of its own for the URL.
    restApi.node.tryRemoveChild('Endpoint');

    Validations.of(restApi).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason:
        'The functions validate each body with the schema the documentation is made of; MCP bodies are opaque bytes',
    });
    if (accountCloudWatchRole) {
      Validations.of(restApi).acknowledge({
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason:
          'The role is the account-wide setting of API Gateway, and this is the policy that its documentation asks for',
      });
    }
    Validations.of(restApi.deploymentStage).acknowledge({
      id: 'AwsSolutions-APIG6',
      reason:
        'Execution logs record the path, and the path is a secret while the gate is down; the access log replaces them',
    });
    if (!props.firewall) {
      Validations.of(restApi.deploymentStage).acknowledge({
        id: 'AwsSolutions-APIG3',
        reason: 'A web ACL costs a fee, so it is an option; stage throttling bounds the load without one',
      });
    }
    return restApi;
  }

  #addRecord(name: string, zone: IHostedZone): void {
    new ARecord(this, 'Record', {
      zone,
      // With the dot the name is whole, also where it is known only when it is deployed.
      recordName: `${name}.`,
      target: RecordTarget.fromAlias(new ApiGateway(this.restApi)),
    });
  }

  #addRoute(route: Route, resource: Resource, fn: IFunction, authorizer: IAuthorizer): void {
    const method = resource.addMethod(
      'ANY',
      new LambdaIntegration(fn, {
        // The console's test tool calls a function without its authorizer.
        allowTestInvoke: false,
        ...(route.streamed && {
          responseTransferMode: ResponseTransferMode.STREAM,
          timeout: Duration.seconds(FUNCTIONS[route.function].timeoutSeconds),
        }),
      }),
      route.authorizer ? { authorizer } : {},
    );
    Validations.of(method).acknowledge({
      id: 'AwsSolutions-COG4',
      reason: 'Callers are programs with an API key of their project, not users of a Cognito pool',
    });
    if (!route.authorizer) {
      Validations.of(method).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Answers the same constants to everybody and has no right on any resource: health, discovery, API document, 404',
      });
    }
    addPreflight(resource);
  }
}

function addPreflight(resource: Resource): void {
  const headers = Object.entries(PREFLIGHT_HEADERS);
  const parameter = (name: string) => `method.response.header.${name}`;
  resource.addMethod(
    'OPTIONS',
    new MockIntegration({
      requestTemplates: { 'application/json': '{"statusCode": 204}' },
      // With binary media types a mock gets the body as bytes, and its template then is not applied.
      contentHandling: ContentHandling.CONVERT_TO_TEXT,
      // A preflight has no body. One of another content type is the caller's fault (400), not a fault of ours (500).
      passthroughBehavior: PassthroughBehavior.NEVER,
      integrationResponses: [
        {
          statusCode: '204',
          responseParameters: Object.fromEntries(
            headers.map(([name, value]) => [parameter(name), `'${value}'`]),
          ),
        },
      ],
    }),
    {
      methodResponses: [
        {
          statusCode: '204',
          responseParameters: Object.fromEntries(headers.map(([name]) => [parameter(name), true])),
        },
      ],
    },
  );
}
