import { describe, expect, it } from 'vitest';
import { InvalidConfig, readConfig } from '../../../infra/two-regions/config.ts';
import { preparedStatementsMaxDefault } from '../../../src/adapters/dsql/wire/prepared-statements.ts';

/** The lines of a configuration that is refused. */
const problems = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfig) return error.problems;
    throw error;
  }
};

const europe = {
  PRIMARY_REGION: 'eu-west-1',
  SECONDARY_REGION: 'eu-central-1',
  WITNESS_REGION: 'eu-west-3',
};

describe('the configuration', () => {
  it('needs nothing to be set', () => {
    expect(readConfig({})).toEqual({
      primaryRegion: 'us-east-1',
      secondaryRegion: 'us-west-2',
      witnessRegion: 'us-east-2',
      clusterNamePrefix: 'antipode',
      clusterNameSuffix: '',
      functionPrefix: 'antipode',
      eventBusPrefix: 'antipode',
      environment: 'development',
      application: 'antipode',
      owner: 'unassigned',
      crossRegionReplication: true,
      eventRetentionDays: 14,
      lambdaTimeoutSeconds: 15,
      lambdaMemoryMb: 1024,
      protectData: true,
      importClusters: false,
      reserveConcurrency: false,
      tracing: false,
      tracesEndpoint: 'off',
      dsqlSerial: false,
      dsqlPlainBegin: false,
      dsqlPreparedStatementsMax: preparedStatementsMaxDefault,
      alarms: true,
      alarmEmail: '',
      apiLatencyMsMax: 3_000,
      availabilityPercent: 'off',
      dashboards: true,
      logRetentionDays: 30,
      eventSenders: 'people',
      backupDays: 0,
      restoredClusters: undefined,
      backupLock: 'off',
      faultExperiment: false,
      customerKey: false,
      privateNetwork: false,
      budgetUsd: 0,
      canaryMinutes: 0,
    });
  });

  it('takes three Regions of one set, in any order', () => {
    expect(readConfig(europe)).toMatchObject({
      primaryRegion: 'eu-west-1',
      secondaryRegion: 'eu-central-1',
      witnessRegion: 'eu-west-3',
    });
  });

  it('refuses Regions across continents and names the sets to choose from', () => {
    const [line, ...others] = problems({ WITNESS_REGION: 'eu-west-1' });
    expect(others).toEqual([]);
    expect(line).toContain('WITNESS_REGION=eu-west-1');
    expect(line).toContain('us-east-1, us-east-2, us-west-2');
    expect(line).toContain('EXTRA_REGION_SET');
  });

  it('takes a set of Regions that is newer than its own table', () => {
    const nordic = {
      PRIMARY_REGION: 'eu-north-1',
      SECONDARY_REGION: 'eu-west-1',
      WITNESS_REGION: 'eu-west-2',
    };
    expect(problems(nordic)).toHaveLength(1);
    expect(problems({ ...nordic, EXTRA_REGION_SET: 'eu-north-1, eu-west-1, eu-west-2' })).toEqual(
      [],
    );
  });

  it.each([
    ['equal Regions', { SECONDARY_REGION: 'us-east-1' }],
    ['a witness in the primary Region', { WITNESS_REGION: 'us-east-1' }],
    ['a witness in the secondary Region', { WITNESS_REGION: 'us-west-2' }],
  ])('refuses %s', (_, environment) => {
    expect(problems(environment)).toEqual([expect.stringContaining('use three different Regions')]);
  });

  it.each([
    ['PRIMARY_REGION', 'Virginia', 'use the name of an AWS Region'],
    ['CLUSTER_NAME_PREFIX', '', 'letters, digits and hyphens'],
    ['CLUSTER_NAME_SUFFIX', 'blue', 'use a hyphen, then'],
    ['LAMBDA_FUNCTION_PREFIX', 'My Service', 'letters, digits and hyphens'],
    ['LAMBDA_FUNCTION_PREFIX', 'a'.repeat(41), 'use 1 to 40'],
    ['EVENTBRIDGE_BUS_PREFIX', '-x', 'a letter first'],
    ['ENVIRONMENT', 'a\nb', 'use 1 to 256'],
    ['APPLICATION', '', 'use 1 to 256'],
    ['OWNER', 'x'.repeat(257), 'use 1 to 256'],
    ['CROSS_REGION_REPLICATION', 'yes', 'use on or off'],
    ['EVENT_RETENTION_DAYS', '0', 'from 1 to 3650'],
    ['EVENT_RETENTION_DAYS', '1.5', 'use a whole number'],
    ['LAMBDA_TIMEOUT_SECONDS', '901', 'from 3 to 900'],
    ['LAMBDA_MEMORY_MB', '64', 'from 128 to 10240'],
    ['PROTECT_DATA', '', 'use on or off'],
    ['RESERVE_CONCURRENCY', '2', 'use on or off'],
    ['TRACING', 'toString', 'use on or off'],
    ['DSQL_SERIAL', '1', 'use on or off'],
    ['DSQL_PLAIN_BEGIN', '1', 'use on or off'],
    ['DSQL_PREPARED_STATEMENTS_MAX', '1001', 'from 0 to 1000'],
    ['ALARMS', 'some', 'use on or off'],
    ['ALARM_EMAIL', 'on-call', 'use one address, such as on-call@example.com'],
    ['API_LATENCY_MS_MAX', '0', 'from 1 to 900000'],
    ['AVAILABILITY_PERCENT', '100', 'from 95 to 99.999'],
    ['AVAILABILITY_PERCENT', '94', 'from 95 to 99.999'],
    ['AVAILABILITY_PERCENT', '99.9999', 'from 95 to 99.999'],
    ['DASHBOARDS', '1', 'use on or off'],
    ['EVENT_SENDERS', 'everybody', 'use people, nobody, or ARNs'],
    ['PRIVATE_NETWORK', 'vpc', 'use on or off'],
    ['CUSTOMER_KEY', 'arn', 'use on or off'],
    ['BACKUP_DAYS', '-1', 'from 0 to 36500'],
    ['CANARY_MINUTES', '1', 'use one of 0, 5, 10, 15, 30'],
    ['BACKUP_LOCK', 'on', 'use off, governance or compliance'],
    ['FAULT_EXPERIMENT', 'yes', 'use on or off'],
    ['RESTORED_CLUSTERS', 'one', 'use two identifiers, the primary cluster first'],
    ['BUDGET_USD', '9.5', 'use a whole number'],
    ['LOG_RETENTION_DAYS', '31', 'use one of 1, 3, 5, 7, 14, 30,'],
  ])('refuses %s=%j and says what to use', (name, value, fix) => {
    const [line, ...others] = problems({ [name]: value });
    expect(others).toEqual([]);
    expect(line).toContain(`${name}=${JSON.stringify(value)}`);
    expect(line).toContain(fix);
  });

  it('wants an address for a budget', () => {
    expect(problems({ BUDGET_USD: '100' })).toEqual([
      'BUDGET_USD needs ALARM_EMAIL, the address that hears of it',
    ]);
    const told = { BUDGET_USD: '100', ALARM_EMAIL: 'on-call@example.com' };
    expect(readConfig(told)).toMatchObject({ budgetUsd: 100 });
  });

  it.each([
    [
      { BACKUP_LOCK: 'governance' },
      'BACKUP_LOCK needs BACKUP_DAYS, for which it locks the backups',
    ],
    [
      { BACKUP_LOCK: 'compliance', BACKUP_DAYS: '35', PROTECT_DATA: 'off' },
      'BACKUP_LOCK=compliance needs PROTECT_DATA=on: nobody can delete a vault with its backups',
    ],
    [
      { FAULT_EXPERIMENT: 'on', ALARMS: 'off' },
      'FAULT_EXPERIMENT needs ALARMS=on: an alarm stops it',
    ],
    [
      { RESTORED_CLUSTERS: `${'a'.repeat(26)} ${'b'.repeat(26)}`, PRIVATE_NETWORK: 'on' },
      'RESTORED_CLUSTERS needs PRIVATE_NETWORK=off until the data stacks have taken the clusters',
    ],
  ])('refuses %j without the setting that it needs', (environment, problem) => {
    expect(problems(environment)).toEqual([problem]);
  });

  it('names every wrong variable at once', () => {
    expect(problems({ TRACING: 'x', OWNER: '', LAMBDA_MEMORY_MB: 'big' })).toHaveLength(3);
  });
});
