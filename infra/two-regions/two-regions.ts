import { ReferenceStrength, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { InvalidConfig } from './config.ts';
import { alarming, keyed, networked } from './data-operations.ts';
import { DataStack } from './data-stack.ts';
import { nameProblems, namesOf } from './names.ts';
import { PeeringStack } from './peering-stack.ts';
import type { RegionalServiceProps } from './regional-service.ts';
import { addDashboardOfBoth } from './service-operations.ts';
import { ServiceStack, type SurroundingsOf } from './service-stack.ts';

/** A declared service, its settings and its code, for both Regions. */
export type TwoRegionsProps<Service extends DeclaredService> = Pick<
  RegionalServiceProps<Service>,
  'service' | 'config' | 'bundles' | 'functions' | 'safety'
> & { readonly surroundings?: SurroundingsOf };

/** The five stacks of a service, in the order in which they are deployed. */
export type TwoRegions<Service extends DeclaredService> = {
  /** The stack of the primary cluster. */
  readonly primaryData: DataStack;
  /** The stack of the secondary cluster, which names the primary one. */
  readonly secondaryData: DataStack;
  /** The stack that makes both clusters one database. */
  readonly peering: PeeringStack;
  /** The half of the service in the primary Region. */
  readonly primary: ServiceStack<Service>;
  /** The half of the service in the secondary Region. */
  readonly secondary: ServiceStack<Service>;
};

/**
 * Dashboards get no tags. Specifications differ about `Tags` of `AWS::CloudWatch::Dashboard`: the
 * CDK's has it, and that of cfn-lint 1.51.0 has not.
 */
const tagging = { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] };

/**
 * Makes a service in two Regions: a data stack and a service stack in each, and a stack that peers
 * the halves of the database.
 *
 * Deploy them in this order: both halves of the database, then their peering. Then the primary
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
  const surroundings = keyed(service, config, props.surroundings);
  const forBoth = { config, names, surroundings };
  const primaryData = new DataStack(scope, names.dataStack('primary'), {
    ...{ ...forBoth, half: 'primary' },
    env: { region: primaryRegion },
  });
  const secondaryData = new DataStack(scope, names.dataStack('secondary'), {
    ...{ ...forBoth, half: 'secondary' },
    env: { region: secondaryRegion },
    peer: { cluster: primaryData.cluster, bundle: bundles['peer-clusters'] },
  });
  const peering = new PeeringStack(scope, names.peeringStack, {
    ...{ ...forBoth, primaryData, secondaryData, bundle: bundles['peer-clusters'] },
    env: { region: primaryRegion },
  });
  const alarmed = alarming(config, names, surroundings);
  const ofService = ({ cluster, serving }: DataStack) => ({
    ...{ ...props, cluster: serving, surroundings: networked(config, cluster, alarmed) },
  });
  const primary = new ServiceStack(scope, names.serviceStack('primary'), {
    ...ofService(primaryData),
    env: { region: primaryRegion },
    peerRegion: secondaryRegion,
    peerStack: names.serviceStack('secondary'),
  });
  const secondary = new ServiceStack(scope, names.serviceStack('secondary'), {
    ...ofService(secondaryData),
    env: { region: secondaryRegion },
    peerRegion: primaryRegion,
    peerStack: names.serviceStack('primary'),
  });
  addDashboardOfBoth(
    peering,
    { service, config, names },
    {
      [primaryRegion]: primaryData.cluster.identifier,
      // Weak, as between the halves of the database: the value of the other Region is read.
      [secondaryRegion]: Stack.consumeReference(
        secondaryData.cluster.identifier,
        ReferenceStrength.WEAK,
      ),
    },
  );
  primary.addStackDependency(peering);
  secondary.addStackDependency(primary);
  for (const stack of [primaryData, secondaryData, peering, primary, secondary]) {
    Tags.of(stack).add('Environment', config.environment, tagging);
    Tags.of(stack).add('Application', config.application, tagging);
    Tags.of(stack).add('Owner', config.owner, tagging);
  }
  return { primaryData, secondaryData, peering, primary, secondary };
};
