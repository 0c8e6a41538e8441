import { regionNamePattern } from '../../src/domain/kernel/region-name.ts';
import { peeringProblem } from '../../src/domain/kernel/region-sets.ts';
import { type OperationsConfig, operationsProblems, readOperations } from './operations-config.ts';

/** Everything that a deployment of a service can choose. */
export type TwoRegionConfig = OperationsConfig & {
  /** The Region whose stacks come first. Both Regions serve alike. */
  readonly primaryRegion: string;
  /** The other Region that serves, of the same Region set of DSQL. */
  readonly secondaryRegion: string;
  /** Holds DSQL's transaction log as the third vote; nothing of the service runs there. */
  readonly witnessRegion: string;
  /**
   * Begins the `Name` tags of the clusters: a small letter, then at most 39 small letters, digits
   * and hyphens.
   */
  readonly clusterNamePrefix: string;
  /** Ends the `Name` tags of the clusters; empty for nothing. */
  readonly clusterNameSuffix: string;
  /** Begins the names of functions and stacks. */
  readonly functionPrefix: string;
  /** Begins the names of the buses, in the form of `clusterNamePrefix`. */
  readonly eventBusPrefix: string;
  /** The tag `Environment` of all resources, such as `production`. */
  readonly environment: string;
  /** The tag `Application` of all resources, by which the budget adds up. */
  readonly application: string;
  /** The tag `Owner` of all resources. */
  readonly owner: string;
  /** Whether events marked for all Regions are copied to the other one. */
  readonly crossRegionReplication: boolean;
  /** The days for which events can be replayed from the archive, 1 to 3,650. */
  readonly eventRetentionDays: number;
  /** The time of an invocation, 3 to 900 seconds. */
  readonly lambdaTimeoutSeconds: number;
  /** The memory of each function, 128 to 10,240 MB. */
  readonly lambdaMemoryMb: number;
  /** Whether clusters refuse deletion and outlive their stacks. */
  readonly protectData: boolean;
  /**
   * Whether the data stacks are synthesized for `cdk import`, which brings kept clusters back: it
   * takes a cluster without the parameters, conditions and outputs of its stack.
   */
  readonly importClusters: boolean;
  /**
   * The clusters that serve in place of those of the data stacks, which are lost: the primary one
   * and the secondary one, as a restore has made them.
   */
  readonly restoredClusters: readonly [primary: string, secondary: string] | undefined;
  /**
   * Whether the relay runs one at a time. Lambda leaves 100 environments of an account unreserved,
   * so it refuses this in a new account, whose limit is 10.
   */
  readonly reserveConcurrency: boolean;
  /** Whether functions are traced with X-Ray. */
  readonly tracing: boolean;
  /**
   * The collector of OTLP that gets the spans of the functions: its address for traces, `xray` for
   * that of AWS in each Region, or `off`.
   */
  readonly tracesEndpoint: string;
  /**
   * Whether a transaction's statements are sent one by one: for a cluster that should not take a
   * pipeline.
   */
  readonly dsqlSerial: boolean;
  /** Whether BEGIN is sent without an isolation level: for a cluster that should refuse it. */
  readonly dsqlPlainBegin: boolean;
  /**
   * Statements that a connection keeps prepared at most; 0 for a cluster that should not keep any.
   */
  readonly dsqlPreparedStatementsMax: number;
};

/** The configuration cannot be deployed; `problems` has one line for each wrong variable. */
export class InvalidConfig extends Error {
  /** One line for each wrong setting, which says what to set. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidConfig';
    this.problems = problems;
  }
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** The environment of this process, from which an app reads its settings. */
export const processEnvironment: EnvironmentVariables = process.env;

/** Reads one variable, or notes what is wrong with it and how to put it right. */
type Read<T> = (name: string, fallback: T) => T;

/** `nameProblems` checks the whole names. */
const prefixPattern = /^[a-z][a-z0-9-]{0,39}$/;
const suffixPattern = /^(?:-[a-z0-9-]{1,20})?$/;
const tagPattern = /^[\w .:/=+@-]{1,256}$/;
const tracesPattern = /^(?:off|xray|https?:\/\/[\w.:/-]{1,256})$/;

const clustersPattern = /^(?:|[a-z0-9]{26} [a-z0-9]{26})$/;

const switches: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['off', false],
  ['false', false],
]);

/** The beginning of a line about a variable; quoted, since a value can hold anything. */
const given = (name: string, value: string): string => `${name}=${JSON.stringify(value)}`;

const readers = (environment: EnvironmentVariables, problems: string[]) => {
  const text =
    (pattern: RegExp, rule: string): Read<string> =>
    (name, fallback) => {
      const value = environment[name] ?? fallback;
      if (!pattern.test(value))
        problems.push(
          `${given(name, value)}: ${rule}${fallback === '' ? '' : `, such as ${fallback}`}`,
        );
      return value;
    };
  const whole =
    (min: number, max: number): Read<number> =>
    (name, fallback) => {
      const text = environment[name];
      if (text === undefined) return fallback;
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= min && value <= max)) {
        problems.push(
          `${given(name, text)}: use a whole number from ${min} to ${max}, such as ${fallback}`,
        );
      }
      return value;
    };
  const chosen =
    <Value extends number>(values: readonly Value[]): Read<Value> =>
    (name, fallback) => {
      const text = environment[name];
      const value = values.find((one) => String(one) === text);
      if (text !== undefined && value === undefined) {
        problems.push(`${given(name, text)}: use one of ${values.join(', ')}`);
      }
      return value ?? fallback;
    };
  const toggle: Read<boolean> = (name, fallback) => {
    const text = environment[name];
    if (text === undefined) return fallback;
    const value = switches.get(text);
    if (value === undefined) problems.push(`${given(name, text)}: use on or off`);
    return value ?? fallback;
  };
  return {
    region: text(regionNamePattern, 'use the name of an AWS Region'),
    prefix: text(
      prefixPattern,
      'use 1 to 40 lower-case letters, digits and hyphens, a letter first',
    ),
    suffix: text(
      suffixPattern,
      'use a hyphen, then 1 to 20 lower-case letters, digits and hyphens, or nothing',
    ),
    traces: text(tracesPattern, 'use xray or the address of a collector for traces'),
    tag: text(tagPattern, 'use 1 to 256 letters, digits, spaces and . : / = + @ _ -'),
    matching: text,
    whole,
    chosen,
    toggle,
  };
};

type Regions = Pick<TwoRegionConfig, 'primaryRegion' | 'secondaryRegion' | 'witnessRegion'>;

const regionProblems = (regions: Regions, extraSet: string | undefined): readonly string[] => {
  const { primaryRegion, secondaryRegion, witnessRegion } = regions;
  const problem = peeringProblem([primaryRegion, secondaryRegion, witnessRegion], extraSet);
  return problem === undefined
    ? []
    : [
        `PRIMARY_REGION=${primaryRegion} SECONDARY_REGION=${secondaryRegion} WITNESS_REGION=${witnessRegion}: ${problem}`,
      ];
};

/**
 * Reads the configuration from environment variables; each has a default.
 *
 * @throws {InvalidConfig} with one line for each variable that is wrong, naming the fix
 */
export const readConfig = (environment: EnvironmentVariables): TwoRegionConfig => {
  const problems: string[] = [];
  const read = readers(environment, problems);
  const { region, prefix, suffix, tag, traces, matching, whole, toggle } = read;
  const regions = {
    primaryRegion: region('PRIMARY_REGION', 'us-east-1'),
    secondaryRegion: region('SECONDARY_REGION', 'us-west-2'),
    witnessRegion: region('WITNESS_REGION', 'us-east-2'),
  };
  const clusters = matching(clustersPattern, 'use two identifiers, the primary cluster first');
  const restored = clusters('RESTORED_CLUSTERS', '');
  const [primaryCluster, secondaryCluster] = restored.split(' ');
  const config: TwoRegionConfig = {
    ...regions,
    ...readOperations(read),
    clusterNamePrefix: prefix('CLUSTER_NAME_PREFIX', 'antipode'),
    clusterNameSuffix: suffix('CLUSTER_NAME_SUFFIX', ''),
    functionPrefix: prefix('LAMBDA_FUNCTION_PREFIX', 'antipode'),
    eventBusPrefix: prefix('EVENTBRIDGE_BUS_PREFIX', 'antipode'),
    environment: tag('ENVIRONMENT', 'development'),
    application: tag('APPLICATION', 'antipode'),
    owner: tag('OWNER', 'unassigned'),
    crossRegionReplication: toggle('CROSS_REGION_REPLICATION', true),
    eventRetentionDays: whole(1, 3_650)('EVENT_RETENTION_DAYS', 14),
    lambdaTimeoutSeconds: whole(3, 900)('LAMBDA_TIMEOUT_SECONDS', 15),
    lambdaMemoryMb: whole(128, 10_240)('LAMBDA_MEMORY_MB', 1_024),
    protectData: toggle('PROTECT_DATA', true),
    importClusters: toggle('IMPORT_CLUSTERS', false),
    restoredClusters:
      primaryCluster && secondaryCluster ? [primaryCluster, secondaryCluster] : undefined,
    reserveConcurrency: toggle('RESERVE_CONCURRENCY', false),
    tracing: toggle('TRACING', false),
    tracesEndpoint: traces('TRACES_ENDPOINT', 'off'),
    dsqlSerial: toggle('DSQL_SERIAL', false),
    dsqlPlainBegin: toggle('DSQL_PLAIN_BEGIN', false),
    dsqlPreparedStatementsMax: whole(0, 1_000)('DSQL_PREPARED_STATEMENTS_MAX', 100),
  };
  if (problems.length === 0)
    problems.push(...regionProblems(regions, environment['EXTRA_REGION_SET']));
  problems.push(...operationsProblems(config));
  if (config.restoredClusters && config.privateNetwork) {
    problems.push(
      'RESTORED_CLUSTERS needs PRIVATE_NETWORK=off until the data stacks have taken the clusters',
    );
  }
  if (problems.length > 0) throw new InvalidConfig(problems);
  return config;
};
