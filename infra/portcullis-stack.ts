import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../functions/environment.ts';
import { PortcullisAlarms } from './alarms.ts';
import { PortcullisApi } from './api.ts';
import { BackgroundWork } from './background.ts';
import { DeadLetterQueue } from './dead-letters.ts';
import { EnvelopeKey } from './envelope-key.ts';
import { PortcullisFunction, type PortcullisFunctionProps } from './function.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { RootSecret } from './root-secret.ts';
import type { Settings } from './settings.ts';
import { PortcullisTable } from './table.ts';

export interface PortcullisStackProps extends StackProps, Settings {
  /** Where the code of a function comes from: bundled from source, or made ready elsewhere. */
  readonly codeOf: (name: FunctionName) => Code;
}

/** Everything that is deployed. */
export class PortcullisStack extends Stack {
  constructor(scope: Construct, id: string, props: PortcullisStackProps) {
    super(scope, id, { description: 'Portcullis: an MCP gateway with an API-key gate', ...props });
    const fn = (name: FunctionName, more: Partial<PortcullisFunctionProps> = {}) =>
      new PortcullisFunction(this, pascalCase(name), {
        code: props.codeOf(name),
        size: FUNCTIONS[name],
        logRetention: RetentionDays.ONE_MONTH,
        ...more,
      });
    const lostRecords = new DeadLetterQueue(this, 'LostRecords');
    const functions = {
      authorizer: fn('authorizer'),
      mcp: fn('mcp', { logRetention: RetentionDays.ONE_DAY }), // Its records hold what was asked and answered.
      'project-config': fn('project-config'),
      organization: fn('organization'),
      'api-keys': fn('api-keys'),
      'mcp-servers': fn('mcp-servers'),
      attribution: fn('attribution'),
      'project-purge': fn('project-purge'),
      'log-writer': fn('log-writer', { deadLetters: lostRecords }),
      bootstrap: fn('bootstrap'),
      web: fn('web'),
      'open-routes': fn('open-routes'),
    } satisfies Record<FunctionName, PortcullisFunction>;
    functions.authorizer.addEnvironment(ENVIRONMENT.cacheSeconds, String(props.cacheSeconds));
    functions.mcp.addEnvironment(ENVIRONMENT.streamIdleSeconds, String(props.streamIdleSeconds));
    functions['log-writer'].addEnvironment(ENVIRONMENT.logRetentionDays, String(props.logRetentionDays));

    functions.web.addEnvironment(ENVIRONMENT.throttleRate, String(props.throttleRate));
    functions.web.addEnvironment(ENVIRONMENT.throttleBurst, String(props.throttleBurst));

    const store = new PortcullisTable(this, 'Store', { stage: props.stage });
    store.grantAccessFacts(functions.authorizer);
    store.grantServerRead(functions.mcp);
    store.grantProjectConfig(functions['project-config']);
    store.grantProjects(functions.organization);
    store.grantKeys(functions['api-keys']);
    store.grantServers(functions['mcp-servers']);
    store.grantAttribution(functions.attribution);
    store.grantPurge(functions['project-purge']);
    store.grantRecords(functions['log-writer']);
    store.grantBootstrap(functions.bootstrap);

    const envelopeKey = new EnvelopeKey(this, 'EnvelopeKey', { stage: props.stage });
    envelopeKey.grantOpen(functions.mcp);
    envelopeKey.grantSealAndOpen(functions['mcp-servers']);

    const rootSecret = new RootSecret(this, 'RootSecret', { stage: props.stage });
    for (const name of ['mcp', 'organization', 'api-keys', 'mcp-servers', 'attribution'] as const) {
      rootSecret.grantRead(functions[name]);
    }

    const background = new BackgroundWork(this, 'Background', {
      purge: functions['project-purge'],
      logWriter: functions['log-writer'],
    });
    background.grantStartPurge(functions.organization);
    background.storeRecordsOf({ Authorizer: functions.authorizer, Mcp: functions.mcp });

    const api = new PortcullisApi(this, 'Api', { ...props, functions });
    new PortcullisAlarms(this, 'Alarms', { api: api.restApi, table: store.table, functions, lostRecords });

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Base address of the gateway' });
    new CfnOutput(this, 'TableName', { value: store.table.tableName });
    new CfnOutput(this, 'BootstrapFunctionName', {
      value: functions.bootstrap.functionName,
      description: 'npm run bootstrap invokes it',
    });
    new CfnOutput(this, 'LogWriterFunctionName', {
      value: functions['log-writer'].functionName,
      description: 'Takes what is in the queue of lost records',
    });
    new CfnOutput(this, 'LostRecordsQueueUrl', {
      value: lostRecords.queueUrl,
      description: 'Records of calls that could not be stored: deliver them again within 14 days',
    });
  }
}

/** `project-config` gives `ProjectConfig`. */
function pascalCase(name: FunctionName): string {
  return name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
