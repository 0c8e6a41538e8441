import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type App,
  CfnResource,
  CloudFormationValidatePlugin,
  type IPolicyValidationPlugin,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { describe, expect, it, vi } from 'vitest';
import { readServiceConfig } from '../../../src/handlers/runtime/index.ts';
import { at, find, listOf, ofType, type Template, textOf } from '../support/template.ts';
import { ledgerApp, synthesizeLedger } from './synthesize.ts';

const { assembly, files, template, templates } = synthesizeLedger();

const pattern = (of: Template, rule: string) =>
  find(of, 'AWS::Events::Rule', 'Name', rule).Properties['EventPattern'];

const cluster = (of: Template) => {
  const [[, found] = []] = ofType(of, 'AWS::DSQL::Cluster');
  if (!found) throw new Error('No cluster');
  return found;
};

/** The faults that AWS's own validator, which comes with the CDK, finds in the templates. */
const schemaViolations = (app: App): readonly string[] => {
  // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
  Validations.of(app).addPlugins(new CloudFormationValidatePlugin() as IPolicyValidationPlugin);
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { directory } = app.synth();
  quiet.mockRestore();
  const report: unknown = JSON.parse(
    readFileSync(join(directory, 'validation-report.json'), 'utf8'),
  );
  return listOf(at(report, 'pluginReports'))
    .flatMap((plugin) => listOf(at(plugin, 'violations')))
    .map((violation) => textOf(at(violation, 'description')));
};

const emptyDatabase = 'another CLUSTER_NAME_PREFIX for a new, empty database';
const emptyService =
  'another CLUSTER_NAME_PREFIX, LAMBDA_FUNCTION_PREFIX and EVENTBRIDGE_BUS_PREFIX for a new, empty service';

const ledgerEvents = {
  source: ['antipode.ledger'],
  'detail-type': ['TransactionRecorded', 'TransferCompleted'],
};

describe('the database', () => {
  it('starts with a cluster that knows its witness only, until its stack gets the peer', () => {
    const data = template('data-primary');
    expect(cluster(data).Properties['MultiRegionProperties']).toEqual({
      WitnessRegion: 'us-east-2',
      Clusters: { 'Fn::If': ['IsPeered', [expect.anything()], { Ref: 'AWS::NoValue' }] },
    });
    const named = at(cluster(data).Properties, 'MultiRegionProperties', 'Clusters', 'Fn::If', 1, 0);
    expect(textOf(named)).toBe(
      'arn:AWS::Partition:dsql:us-west-2:AWS::AccountId:cluster/PeerClusterIdentifier',
    );
    const zeros = '0'.repeat(26);
    expect(at(data, 'Parameters', 'PeerClusterIdentifier', 'Default')).toBe(zeros);
    expect(at(data, 'Conditions', 'IsPeered')).toEqual({
      'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'PeerClusterIdentifier' }, zeros] }],
    });
  });

  it('goes on with a cluster that names the first', () => {
    const { WitnessRegion, Clusters } = cluster(template('data-secondary')).Properties[
      'MultiRegionProperties'
    ] as Record<string, unknown>;
    expect(WitnessRegion).toBe('us-east-2');
    expect(listOf(Clusters).map(textOf)).toEqual(['us-east-1 Cluster.ResourceArn']);
  });

  it('is completed by a custom resource that names both', () => {
    const [[, peering] = []] = ofType(template('data-peering'), 'Custom::AntipodePeering');
    const properties = peering?.Properties ?? {};
    expect(textOf(properties['PrimaryClusterArn'])).toBe(
      'import antipode-ledger-data-primary:Cluster.ResourceArn',
    );
    expect(textOf(properties['SecondaryClusterArn'])).toBe('us-west-2 Cluster.ResourceArn');
    expect(textOf(properties['NamingStackId'])).toMatch(
      /^import antipode-ledger-data-primary:ExportsOutputRefAWSStackId/,
    );
    expect(properties['NamingParameter']).toBe('PeerClusterIdentifier');
    expect(textOf(properties['ServiceToken'])).toBe('PeeringFunction.Arn');
  });

  it('refuses deletion and outlives its stack, unless its creation fails', () => {
    for (const name of ['data-primary', 'data-secondary']) {
      expect(cluster(template(name)).Properties['DeletionProtectionEnabled']).toBe(true);
      expect(cluster(template(name)).DeletionPolicy).toBe('RetainExceptOnCreate');
    }
  });

  it('has no code beside it where it is protected, so that an import can bring it back', () => {
    for (const name of ['data-primary', 'data-secondary']) {
      const types = Object.values(template(name).Resources).map(({ Type }) => Type);
      expect(types.filter((type) => /Lambda|Custom/.test(type))).toEqual([]);
    }
  });

  it('stands alone in its template for an import, which takes no parameter and no condition', () => {
    const imported = synthesizeLedger({ IMPORT_CLUSTERS: 'on' });
    for (const name of ['data-primary', 'data-secondary']) {
      const { Resources, Parameters, Conditions, Rules } = imported.template(
        name,
      ) as unknown as Readonly<Record<string, object>>;
      expect([Parameters, Conditions, Rules]).toEqual([undefined, undefined, undefined]);
      expect(Object.keys(Resources ?? {})).toEqual(
        Object.keys(template(name).Resources).slice(0, 1),
      );
      expect(cluster(imported.template(name)).Properties['MultiRegionProperties']).toEqual({
        WitnessRegion: 'us-east-2',
      });
    }
  });

  it('is deleted in both Regions by the stack that goes first, where it is not protected', () => {
    const unprotected = synthesizeLedger({ PROTECT_DATA: 'off' });
    expect(ofType(unprotected.template('data-primary'), 'Custom::AntipodeDeletion')).toEqual([]);
    const [[, deletion] = []] = ofType(
      unprotected.template('data-secondary'),
      'Custom::AntipodeDeletion',
    );
    const { PrimaryClusterArn, SecondaryClusterArn } = deletion?.Properties ?? {};
    expect([PrimaryClusterArn, SecondaryClusterArn].map(textOf)).toEqual([
      'us-east-1 Cluster.ResourceArn',
      'Cluster.ResourceArn',
    ]);
  });

  it.each([
    ['data-primary', 'WITNESS_REGION', 'FirstWitnessRegion', 'us-east-2', emptyDatabase],
    ['data-primary', 'SECONDARY_REGION', 'FirstPeerRegion', 'us-west-2', emptyService],
    ['data-secondary', 'WITNESS_REGION', 'FirstWitnessRegion', 'us-east-2', emptyDatabase],
    ['data-secondary', 'PRIMARY_REGION', 'FirstPeerRegion', 'us-east-1', emptyService],
  ])('refuses in %s another %s than the first, before anything changes', (...given) => {
    const [stack, variable, parameter, value, otherwise] = given;
    const { Parameters, Rules } = template(stack) as unknown as Readonly<Record<string, unknown>>;
    // A deployment keeps the parameter's first value; the template has the value of today.
    expect(at(Parameters, parameter, 'Default')).toBe(value);
    const assertion = at(Rules, `${parameter}Stays`, 'Assertions', 0);
    expect(at(assertion, 'Assert')).toEqual({ 'Fn::Equals': [{ Ref: parameter }, value] });
    expect(at(assertion, 'AssertDescription')).toBe(
      `${variable} cannot change, since the cluster holds data: set it back, or set ${otherwise}`,
    );
  });

  it.each(['primary', 'secondary'])(
    'takes a name before the %s cluster that is free once',
    (half) => {
      const { Resources } = template(`data-${half}`);
      const [[id, role] = []] = Object.entries(Resources).filter(
        ([, { Type }]) => Type === 'AWS::IAM::Role',
      );
      expect(role?.Properties['RoleName']).toBe(`antipode-ledger-one-${half}`);
      expect(cluster(template(`data-${half}`)).DependsOn).toContain(id);
      // Nothing is left over from a cluster that is to be adopted.
      const imported = synthesizeLedger({ IMPORT_CLUSTERS: 'on' }).template(`data-${half}`);
      expect(Object.values(imported.Resources).map(({ Type }) => Type)).toEqual([
        'AWS::DSQL::Cluster',
      ]);
    },
  );

  it('goes with its stack where that was asked for', () => {
    const thrownAway = synthesizeLedger({ PROTECT_DATA: 'off' }).template('data-primary');
    expect(cluster(thrownAway).Properties['DeletionProtectionEnabled']).toBe(false);
    expect(cluster(thrownAway).DeletionPolicy).toBe('Delete');
  });

  it('is complete before a service is deployed, and the first service before the second', () => {
    const dependencies = Object.fromEntries(
      assembly.stacks.map(({ id, dependencies: needed }) => [
        id.replace('antipode-ledger-', ''),
        needed
          .filter(({ id: other }) => !other.endsWith('.assets'))
          .map(({ id: other }) => other.replace('antipode-ledger-', ''))
          .toSorted(),
      ]),
    );
    expect(dependencies).toEqual({
      'data-primary': [],
      'data-secondary': ['data-primary'],
      'data-peering': ['data-primary', 'data-secondary'],
      primary: ['data-peering', 'data-primary'],
      secondary: ['data-secondary', 'primary'],
    });
  });

  it('is migrated before new code is deployed, and for the roles of that code', () => {
    const primary = template('primary');
    const [[migrationId, migration] = []] = ofType(primary, 'Custom::AntipodeMigration');
    expect(migration?.Properties['DatabaseRole']).toBe('ledger_app');
    const roles = ['Api', 'ConsumersProjectTotals', 'ConsumersAuditReplica', 'Relay'];
    expect(listOf(migration?.Properties['ClientRoleArns']).map(textOf)).toEqual(
      roles.map((name) => `${name}Role.Arn`),
    );
    for (const [logicalId, { Properties, DependsOn }] of ofType(primary, 'AWS::Lambda::Function')) {
      const isMigrate = Properties['FunctionName'] === 'antipode-ledger-migrate';
      expect([logicalId, DependsOn?.includes(migrationId ?? '')]).toEqual([logicalId, !isMigrate]);
    }
  });

  it('is migrated for requests of its own stack alone', () => {
    for (const name of ['primary', 'secondary'] as const) {
      const migrate = find(
        template(name),
        'AWS::Lambda::Function',
        'FunctionName',
        'antipode-ledger-migrate',
      );
      const variables = at(migrate.Properties, 'Environment', 'Variables');
      expect(variables).toMatchObject({ CUSTOM_RESOURCE_STACK_ID: { Ref: 'AWS::StackId' } });
    }
  });

  it('is migrated again when its cluster was replaced, or the code of the migrations has changed', () => {
    const [[, migration] = []] = ofType(template('primary'), 'Custom::AntipodeMigration');
    const [[, other] = []] = ofType(template('secondary'), 'Custom::AntipodeMigration');
    expect(JSON.stringify(migration?.Properties['ClusterArn'])).toMatch(/ResourceArn/);
    expect(migration?.Properties['ClusterArn']).not.toEqual(other?.Properties['ClusterArn']);
    expect(migration?.Properties['Revision']).toBe(Buffer.from('migrate').toString('hex'));
  });
});

describe('events', () => {
  it('are projected in the Region that publishes them: that of origin, or its survivor', () => {
    expect(pattern(template('primary'), 'antipode-ledger-project-totals')).toEqual({
      ...ledgerEvents,
      region: ['us-east-1'],
    });
    expect(pattern(template('secondary'), 'antipode-ledger-project-totals')).toEqual({
      ...ledgerEvents,
      region: ['us-west-2'],
    });
  });

  it('are audited in the other Region', () => {
    expect(pattern(template('primary'), 'antipode-ledger-audit-replica')).toEqual({
      ...ledgerEvents,
      detail: { originregion: ['us-west-2'] },
    });
  });

  it('cross to the other bus once: neither what came from there nor what is replayed', () => {
    const primary = template('primary');
    const rule = find(primary, 'AWS::Events::Rule', 'Name', 'antipode-ledger-to-us-west-2');
    expect(rule.Properties['EventPattern']).toEqual({
      ...ledgerEvents,
      detail: { originregion: ['us-east-1'] },
      'replay-name': [{ exists: false }],
    });
    const [target, ...others] = listOf(rule.Properties['Targets']);
    expect(others).toEqual([]);
    expect(textOf(at(target, 'Arn'))).toBe(
      'arn:AWS::Partition:events:us-west-2:AWS::AccountId:event-bus/antipode-ledger',
    );
    const refusedByEventBridge = ['Input', 'InputPath', 'InputTransformer', 'RetryPolicy'];
    expect(
      Object.keys(target as object).filter((key) => refusedByEventBridge.includes(key)),
    ).toEqual([]);
  });

  it('stay where they are when replication is off, and nobody waits for them', () => {
    const alone = synthesizeLedger({ CROSS_REGION_REPLICATION: 'off' }).template('primary');
    const names = ofType(alone, 'AWS::Events::Rule').map(
      ([, { Properties }]) => Properties['Name'],
    );
    expect(names).toEqual(['antipode-ledger-project-totals']);
    expect(JSON.stringify(alone)).not.toContain('AuditReplica');
  });

  it('can be replayed for as long as was asked for', () => {
    const { template: of } = synthesizeLedger({ EVENT_RETENTION_DAYS: '90' });
    const archive = find(of('primary'), 'AWS::Events::Archive', 'ArchiveName', 'antipode-ledger');
    expect(archive.Properties['RetentionDays']).toBe(90);
    expect(archive.Properties['EventPattern']).toEqual({ source: ['antipode.ledger'] });
  });

  it('that are dropped leave a line in a log, without what was in them', () => {
    const bus = find(template('primary'), 'AWS::Events::EventBus', 'Name', 'antipode-ledger');
    expect(bus.Properties['LogConfig']).toEqual({ Level: 'ERROR', IncludeDetail: 'NONE' });
    const [[, source] = []] = ofType(template('primary'), 'AWS::Logs::DeliverySource');
    expect(source?.Properties['LogType']).toBe('ERROR_LOGS');
    expect(textOf(source?.Properties['ResourceArn'])).toBe('EventsBus.Arn');
  });
});

describe('the relay', () => {
  it('runs every minute, and is told for when', () => {
    const primary = template('primary');
    const schedule = find(primary, 'AWS::Scheduler::Schedule', 'Name', 'antipode-ledger-relay');
    expect(schedule.Properties['ScheduleExpression']).toBe('rate(1 minute)');
    expect(at(schedule.Properties, 'Target', 'Input')).toBe(
      '{"scheduledTime":"<aws.scheduler.scheduled-time>","rateSeconds":60}',
    );
    const relay = find(primary, 'AWS::Lambda::Function', 'FunctionName', 'antipode-ledger-relay');
    expect(relay.Properties['Timeout']).toBeLessThan(60);
  });

  it('wakes somebody when events are dead, or when nobody has published one for long', () => {
    const alarm = (metric: string) =>
      find(template('primary'), 'AWS::CloudWatch::Alarm', 'MetricName', metric).Properties;
    const reported = {
      Namespace: 'Antipode/antipode',
      Dimensions: [{ Name: 'service', Value: 'ledger' }],
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
    };
    expect(alarm('OutboxDead')).toMatchObject({
      ...reported,
      AlarmName: 'antipode-ledger-relay-dead',
      Threshold: 0,
    });
    expect(alarm('OutboxOldestAgeMs')).toMatchObject({
      ...reported,
      AlarmName: 'antipode-ledger-relay-late',
      Threshold: 600_000,
    });
    const relay = find(
      template('primary'),
      'AWS::Lambda::Function',
      'FunctionName',
      'antipode-ledger-relay',
    );
    expect(at(relay.Properties, 'Environment', 'Variables')).toMatchObject({
      POWERTOOLS_METRICS_NAMESPACE: reported.Namespace,
      POWERTOOLS_SERVICE_NAME: reported.Dimensions[0]?.Value,
    });
  });

  it('reserves no concurrency unless that was asked for, since a new account has none', () => {
    expect(JSON.stringify(templates)).not.toContain('ReservedConcurrentExecutions');
    const reserving = synthesizeLedger({ RESERVE_CONCURRENCY: 'on' }).template('primary');
    const relay = find(reserving, 'AWS::Lambda::Function', 'FunctionName', 'antipode-ledger-relay');
    expect(relay.Properties['ReservedConcurrentExecutions']).toBe(1);
  });
});

/**
 * The settings of a function. Its endpoint is known only when it has been deployed, and Lambda
 * tells it its Region.
 */
const asDeployed = (variables: unknown) => ({
  ...(variables as Readonly<Record<string, string>>),
  AWS_REGION: 'us-east-1',
  DSQL_ENDPOINT: 'abc.dsql.us-east-1.on.aws',
});

describe('a function', () => {
  it('gets memory, time and names from the configuration', () => {
    const { templates: renamed } = synthesizeLedger({
      LAMBDA_FUNCTION_PREFIX: 'other',
      EVENTBRIDGE_BUS_PREFIX: 'others',
      LAMBDA_MEMORY_MB: '512',
      LAMBDA_TIMEOUT_SECONDS: '7',
    });
    const primary = renamed['other-ledger-primary'] as Template;
    const api = find(primary, 'AWS::Lambda::Function', 'FunctionName', 'other-ledger-api');
    expect(api.Properties).toMatchObject({ MemorySize: 512, Timeout: 7 });
    expect(find(primary, 'AWS::Events::EventBus', 'Name', 'others-ledger')).toBeDefined();
  });

  it('connects as the role of the service; only the migration as admin', () => {
    const users = ofType(template('primary'), 'AWS::Lambda::Function').map(([, { Properties }]) => [
      Properties['FunctionName'],
      at(Properties, 'Environment', 'Variables', 'DSQL_USER'),
    ]);
    expect(Object.fromEntries(users)).toEqual({
      'antipode-ledger-api': 'ledger_app',
      'antipode-ledger-project-totals': 'ledger_app',
      'antipode-ledger-relay': 'ledger_app',
      'antipode-ledger-audit-replica': 'ledger_app',
      'antipode-ledger-migrate': 'admin',
    });
  });

  it('has its whole configuration in its environment, and no secret', () => {
    const api = find(
      template('primary'),
      'AWS::Lambda::Function',
      'FunctionName',
      'antipode-ledger-api',
    );
    const variables = at(api.Properties, 'Environment', 'Variables') as Record<string, unknown>;
    expect(
      Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, textOf(value)])),
    ).toEqual({
      DSQL_ENDPOINT: 'import antipode-ledger-data-primary:Cluster.Endpoint',
      DSQL_USER: 'ledger_app',
      DSQL_SERIAL: 'false',
      DSQL_PLAIN_BEGIN: 'false',
      DSQL_PREPARED_STATEMENTS_MAX: '100',
      EVENT_BUS_NAME: 'EventsBus',
      OUTBOX_GRACE_MS: '16000',
      OUTBOX_TAKEOVER_AGE_MS: '120000',
      OUTBOX_REPLAY_WINDOW_MS: '86400000',
      POWERTOOLS_SERVICE_NAME: 'ledger',
      POWERTOOLS_METRICS_NAMESPACE: 'Antipode/antipode',
      POWERTOOLS_TRACE_ENABLED: 'false',
      LOG_LEVEL: 'INFO',
    });
  });

  it('speaks to a cluster that takes neither pipelines nor isolation levels nor prepared statements, where that was asked for', () => {
    const cautious = synthesizeLedger({
      DSQL_SERIAL: 'on',
      DSQL_PLAIN_BEGIN: 'on',
      DSQL_PREPARED_STATEMENTS_MAX: '0',
    });
    for (const name of ['primary', 'secondary']) {
      const functions = ofType(cautious.template(name), 'AWS::Lambda::Function')
        .map(([, { Properties }]) => at(Properties, 'Environment', 'Variables'))
        .filter((variables) => at(variables, 'DSQL_USER') !== undefined);
      expect(functions).toHaveLength(5);
      for (const variables of functions) {
        expect(readServiceConfig(asDeployed(variables))).toMatchObject({
          dsqlSerial: true,
          dsqlPlainBegin: true,
          dsqlPreparedStatementsMax: 0,
        });
      }
    }
  });

  it('recognises an event for longer than the archive and the queues can bring it back', () => {
    const retentionOf = (environment: Readonly<Record<string, string>>) => {
      const stack = synthesizeLedger(environment).template('primary');
      const name = 'antipode-ledger-relay';
      const relay = find(stack, 'AWS::Lambda::Function', 'FunctionName', name);
      return at(relay.Properties, 'Environment', 'Variables', 'INBOX_RETENTION_MS');
    };
    expect(retentionOf({})).toBe('2592000000');
    expect(retentionOf({ EVENT_RETENTION_DAYS: '365' })).toBe(String((365 + 16) * 86_400_000));
  });

  it('is traced where that was asked for', () => {
    const traced = synthesizeLedger({ TRACING: 'on' }).template('primary');
    const api = find(traced, 'AWS::Lambda::Function', 'FunctionName', 'antipode-ledger-api');
    expect(api.Properties['TracingConfig']).toEqual({ Mode: 'Active' });
    expect(at(api.Properties, 'Environment', 'Variables', 'POWERTOOLS_TRACE_ENABLED')).toBe('true');
  });
});

describe('the assembly', () => {
  it('is the same when it is synthesized again', () => {
    expect(synthesizeLedger().files).toEqual(files);
  });

  it('has the outputs that people and tools read', () => {
    const outputs = (name: string) =>
      Object.keys(template(name).Outputs).filter(
        (output) => !/^(Exports|Publish)Output/.test(output),
      );
    for (const name of ['data-primary', 'data-secondary']) {
      expect(outputs(name)).toEqual([
        ...['ClusterIdentifier', 'ClusterArn', 'ClusterEndpoint', 'AfterDestroy'],
      ]);
    }
    expect(outputs('data-peering')).toEqual(['NextStep']);
    for (const name of ['primary', 'secondary']) {
      expect(outputs(name)).toEqual([
        'ApiFunctionName',
        'ApiUrl',
        'EventBusName',
        'DatabaseSchema',
        'ClusterArn',
        'WitnessRegion',
        'PeerRegion',
        'PeerStack',
      ]);
    }
  });

  it('tags what can be tagged', () => {
    const { template: of } = synthesizeLedger({ ENVIRONMENT: 'staging', OWNER: 'payments' });
    const tags = listOf(cluster(of('data-secondary')).Properties['Tags']);
    expect(Object.fromEntries(tags.map((tag) => [at(tag, 'Key'), at(tag, 'Value')]))).toEqual({
      Application: 'antipode',
      Environment: 'staging',
      Name: 'antipode-ledger-us-west-2',
      Owner: 'payments',
    });
  });

  it('needs nothing of an account and of no file outside it', () => {
    expect(assembly.manifest.missing).toBeUndefined();
    expect(assembly.stacks.map(({ environment }) => environment.account)).toEqual(
      assembly.stacks.map(() => 'unknown-account'),
    );
  });

  it('consists of the resource types that the local stack knows', () => {
    const types = Object.values(templates).flatMap(({ Resources }) =>
      Object.values(Resources).map(({ Type }) => Type),
    );
    expect([...new Set(types)].toSorted()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::DSQL::Cluster',
      'AWS::Events::Archive',
      'AWS::Events::EventBus',
      'AWS::Events::EventBusPolicy',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Url',
      'AWS::Logs::Delivery',
      'AWS::Logs::DeliveryDestination',
      'AWS::Logs::DeliverySource',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::Schedule',
      'Custom::AntipodeMigration',
      'Custom::AntipodePeering',
    ]);
  });

  it("satisfies CloudFormation's own schemas, and a stack beside it that does not is found", () => {
    // One app for both, since each start of the validator takes seconds.
    const app = ledgerApp();
    new CfnResource(new Stack(app, 'Misspelt'), 'Queue', {
      type: 'AWS::SQS::Queue',
      properties: { QueueNaem: 'events' },
    });
    expect(schemaViolations(app)).toEqual([expect.stringContaining('QueueNaem')]);
  });

  it.each([
    ['xray', 'https://xray.us-east-1.amazonaws.com/v1/traces', 'Active'],
    [
      'https://collector.example:4318/v1/traces',
      'https://collector.example:4318/v1/traces',
      undefined,
    ],
  ])('sends its spans to %s where that was asked for', (endpoint, url, mode) => {
    const traced = synthesizeLedger({ TRACES_ENDPOINT: endpoint }).template('primary');
    const api = find(traced, 'AWS::Lambda::Function', 'FunctionName', 'antipode-ledger-api');
    const variables = at(api.Properties, 'Environment', 'Variables');
    expect(variables).toMatchObject({
      ...{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url, POWERTOOLS_TRACE_ENABLED: 'false' },
    });
    expect(at(api.Properties, 'TracingConfig', 'Mode')).toBe(mode);
  });
});
