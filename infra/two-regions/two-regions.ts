import { Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { InvalidConfig } from './config.ts';
import { alarming } from './data-operations.ts';
import { DataStack } from './data-stack.ts';
import { nameProblems, namesOf } from './names.ts';
import type { RegionalServiceProps } from './regional-service.ts';
import { ServiceStack, type SurroundingsOf } from './service-stack.ts';

export type TwoRegionsProps<Service extends DeclaredService> = Pick<
  RegionalServiceProps<Service>,
  'service' | 'config' | 'bundles' | 'functions' | 'safety'
> & { readonly surroundings?: SurroundingsOf };

/** The four stacks of a service, in the order in which they are deployed. */
export type TwoRegions<Service extends DeclaredService> = {
  readonly primaryData: DataStack;
  readonly secondaryData: DataStack;
  readonly primary: ServiceStack<Service>;
  readonly secondary: ServiceStack<Service>;
};

/**
 * Makes a service in two Regions: a data stack and a service stack in each.
 *
 * Deploy them in this order: both halves of the database, so that they are peered. Then the primary
 * service, which migrates. Then the secondary service. The stacks belong to the account that the
 * deployer is signed in to.
 *
 * @param scope an app, or a stage of one
 * @throws {InvalidConfig} with one line for each name that AWS would refuse
 * @throws {InvariantViolation} when `safety` breaks a rule of `deriveSafety`
 * @example
 * const config = readConfig(env);
 * const { primary } = createTwoRegions(new App(), { service: booking, config, bundles });
 * new Dashboard(primary, 'Dashboard');
 */
export const createTwoRegions = <Service extends DeclaredService>(
  scope: Construct,
  props: TwoRegionsProps<Service>,
): TwoRegions<Service> => {
  const { service, config, bundles } = props;
  const problems = nameProblems(service, config);
  if (problems.length > 0) throw new InvalidConfig(problems);
  const names = namesOf(service, config);
  const { primaryRegion, secondaryRegion } = config;
  const forBoth = { config, names, ...defined({ surroundings: props.surroundings }) };
  const primaryData = new DataStack(scope, names.dataStack('primary'), {
    ...{ ...forBoth, region: primaryRegion },
    env: { region: primaryRegion },
  });
  const secondaryData = new DataStack(scope, names.dataStack('secondary'), {
    ...{ ...forBoth, region: secondaryRegion },
    env: { region: secondaryRegion },
    peer: { cluster: primaryData.cluster, bundle: bundles['peer-clusters'] },
  });
  const ofServices = { ...props, surroundings: alarming(config, names, props.surroundings) };
  const primary = new ServiceStack(scope, names.serviceStack('primary'), {
    ...ofServices,
    env: { region: primaryRegion },
    peerRegion: secondaryRegion,
    peerStack: names.serviceStack('secondary'),
    cluster: primaryData.cluster,
  });
  const secondary = new ServiceStack(scope, names.serviceStack('secondary'), {
    ...ofServices,
    env: { region: secondaryRegion },
    peerRegion: primaryRegion,
    peerStack: names.serviceStack('primary'),
    cluster: secondaryData.cluster,
  });
  primary.addStackDependency(secondaryData);
  secondary.addStackDependency(primary);
  for (const stack of [primaryData, secondaryData, primary, secondary]) {
    Tags.of(stack).add('Environment', config.environment);
    Tags.of(stack).add('Application', config.application);
    Tags.of(stack).add('Owner', config.owner);
  }
  return { primaryData, secondaryData, primary, secondary };
};
