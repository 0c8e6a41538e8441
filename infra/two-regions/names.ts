import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import type { TwoRegionConfig } from './config.ts';
import { functionNames } from './service-functions.ts';

/**
 * The physical names of one service. Each has the service's name in it, so that two services share
 * an account.
 */
export type ServiceNames = {
  /** The name of a function, and of its rule or its schedule. */
  readonly function: (name: string) => string;
  readonly eventBus: string;
  /** The name of the rule that copies events to a Region. */
  readonly crossRegionRule: (peerRegion: string) => string;
  /**
   * The role of that rule. Roles belong to the account, and the bus of the Region knows it by its
   * name.
   */
  readonly crossRegionRole: (peerRegion: string) => string;
  /** The topic of a Region that hears of its alarms, beside its cluster. */
  readonly alarmTopic: string;
  /** The vault of a Region for the backups of the cluster. */
  readonly backupVault: string;
  readonly dashboard: (place: string) => string;
  /** The `Name` tag of the cluster of a Region. */
  readonly cluster: (region: string) => string;
  /**
   * The function that peers the clusters. It begins as the names of the data stacks do, since it is
   * in one of them. CloudFormation refuses to put another function behind a custom resource that
   * exists.
   */
  readonly peerClusters: string;
  /** The function that deletes both clusters with their stacks. */
  readonly deleteClusters: string;
  readonly serviceStack: (half: Half) => string;
  /**
   * The name of the stack with a cluster. No setting of functions or buses is in it: another name
   * is an empty database.
   */
  readonly dataStack: (half: Half) => string;
  /** The name of the stack that peers the clusters. */
  readonly peeringStack: string;
  /**
   * The role whose name an account has once, so that a half has one Region. It is no longer than
   * `peerClusters`, whose length is checked.
   */
  readonly oneHalf: (half: Half) => string;
};

/** One of the two Regions, by its part in a deployment. */
export type Half = 'primary' | 'secondary';

export const otherHalf = (half: Half): Half => (half === 'primary' ? 'secondary' : 'primary');

type Prefixes = Pick<TwoRegionConfig, 'clusterNamePrefix' | 'functionPrefix' | 'eventBusPrefix'>;

/** The physical names of a service under the prefixes of a deployment. */
export const namesOf = (
  { name }: DeclaredService,
  prefixes: Prefixes & Partial<Pick<TwoRegionConfig, 'clusterNameSuffix'>>,
): ServiceNames => {
  const { clusterNamePrefix, clusterNameSuffix = '', functionPrefix, eventBusPrefix } = prefixes;
  const cluster = `${clusterNamePrefix}-${name}`;
  const service = `${functionPrefix}-${name}`;
  return {
    function: (suffix) => `${service}-${suffix}`,
    eventBus: `${eventBusPrefix}-${name}`,
    crossRegionRule: (peerRegion) => `${service}-to-${peerRegion}`,
    crossRegionRole: (peerRegion) => `${service}-to-${peerRegion}`,
    alarmTopic: `${cluster}-alarms`,
    backupVault: `${cluster}-backups`,
    dashboard: (place) => `${service}-${place}`,
    cluster: (region) => `${cluster}-${region}${clusterNameSuffix}`,
    peerClusters: `${cluster}-peer-clusters`,
    deleteClusters: `${cluster}-delete-data`,
    serviceStack: (half) => `${service}-${half}`,
    dataStack: (half) => `${cluster}-data-${half}`,
    peeringStack: `${cluster}-data-peering`,
    oneHalf: (half) => `${cluster}-one-${half}`,
  };
};

/** Names of functions, rules, schedules and roles: the maximum of each service. */
const nameLengthMax = 64;

/** The shortest limit on a name that a bus gives to something: its archive. */
const archiveNameLengthMax = 48;

/** The longest name of a vault (API reference of AWS Backup, `CreateBackupVault`). */
const vaultNameLengthMax = 50;

/** The characters of a function's name: letters, digits, hyphens and underscores. */
const functionPattern = /^[\w-]+$/;

const lengthProblem = (
  what: string,
  name: string,
  lengthMax: number,
  fix: string,
): readonly string[] =>
  name.length <= lengthMax
    ? []
    : [`${what} ${name} has ${name.length} characters, AWS takes ${lengthMax}: ${fix}`];

const consumerProblems = (consumer: string, crossings: readonly string[]): readonly string[] => {
  const own = ['api', 'relay', 'migrate', 'peer-clusters', 'delete-data'];
  const taken = [...own, ...crossings].includes(consumer);
  return [
    ...(functionPattern.test(consumer)
      ? []
      : [
          `Consumer ${JSON.stringify(consumer)} gives its function its name: use letters, digits, hyphens and underscores only`,
        ]),
    ...(taken
      ? [`Consumer ${consumer} has a name that the framework gives itself: choose another one`]
      : []),
  ];
};

/** The construct id of a function, such as `SeatCount` for `seat-count`. */
export const pascalCase = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Consumers whose functions would have one construct id. */
const sameIds = (consumers: readonly string[]): readonly string[] =>
  [...Map.groupBy(consumers, pascalCase).values()]
    .filter(({ length }) => length > 1)
    .map(
      (names) => `Consumers ${names.join(' and ')} differ in hyphens or capitals only: rename one`,
    );

/**
 * One line for each physical name that AWS would refuse, or that two things would share, with the
 * fix.
 */
export const nameProblems = (
  service: DeclaredService,
  config: Prefixes & Pick<TwoRegionConfig, 'primaryRegion' | 'secondaryRegion' | 'backupDays'>,
): readonly string[] => {
  const names = namesOf(service, config);
  const regions = [config.primaryRegion, config.secondaryRegion];
  const crossings = regions.map((region) => `to-${region}`);
  const shorter = 'use a shorter LAMBDA_FUNCTION_PREFIX, or a shorter name in the declaration';
  return [
    ...(service.name.endsWith('-data')
      ? [
          `Service ${service.name} ends in -data, as the stacks with clusters do: choose another name`,
        ]
      : []),
    ...sameIds(Object.keys(service.consumers)),
    ...Object.keys(service.consumers).flatMap((name) => consumerProblems(name, crossings)),
    ...functionNames(service).flatMap((name) =>
      lengthProblem('Function name', names.function(name), nameLengthMax, shorter),
    ),
    ...regions.flatMap((region) =>
      lengthProblem('Rule name', names.crossRegionRule(region), nameLengthMax, shorter),
    ),
    ...lengthProblem(
      'Function name',
      names.peerClusters,
      nameLengthMax,
      'use a shorter CLUSTER_NAME_PREFIX',
    ),
    ...(config.backupDays > 0
      ? lengthProblem(
          'Vault name',
          names.backupVault,
          vaultNameLengthMax,
          'use a shorter CLUSTER_NAME_PREFIX',
        )
      : []),
    ...lengthProblem(
      'Archive name',
      names.eventBus,
      archiveNameLengthMax,
      'use a shorter EVENTBRIDGE_BUS_PREFIX',
    ),
  ];
};
