import { App, DefaultStackSynthesizer, type IReusableStackSynthesizer, Tags } from 'aws-cdk-lib';
import { DEFAULT_CROSS_STACK_REFERENCES } from 'aws-cdk-lib/cx-api';
import type { TwoRegionConfig } from '../two-regions/config.ts';
import { DataStack } from './data-stack.ts';
import type { LedgerBundles } from './entries.ts';
import { ServiceStack } from './service-stack.ts';

export type LedgerAppOptions = {
  readonly config: TwoRegionConfig;
  readonly bundles: LedgerBundles;
  /** Receives the cloud assembly. */
  readonly outdir: string;
};

/** Templates hold what they deploy and nothing else; the CLI checks the bootstrap version itself. */
const plain = () => ({
  analyticsReporting: false,
  treeMetadata: false,
  // Half of the time of a synthesis; the tests validate the templates instead.
  builtinCloudFormationValidation: false,
  context: { [DEFAULT_CROSS_STACK_REFERENCES]: 'strong' },
  // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
  defaultStackSynthesizer: new DefaultStackSynthesizer({
    generateBootstrapVersionRule: false,
  }) as IReusableStackSynthesizer,
});

/**
 * The ledger in two Regions: a data stack and a service stack in each.
 *
 * They are deployed in this order: both halves of the database, so that it is peered; then the primary service,
 * which migrates; then the secondary one. The account is whichever the deployer is signed in to.
 */
export const createLedgerApp = ({ config, bundles, outdir }: LedgerAppOptions): App => {
  const app = new App({ outdir, ...plain() });
  const { primaryRegion, secondaryRegion } = config;
  const stackId = (name: string) => `${config.functionPrefix}-ledger-${name}`;
  const inRegion = (region: string) => ({ config, region, env: { region } });

  const primaryData = new DataStack(app, stackId('data-primary'), inRegion(primaryRegion));
  const secondaryData = new DataStack(app, stackId('data-secondary'), {
    ...inRegion(secondaryRegion),
    peer: { cluster: primaryData.cluster, bundle: bundles['peer-clusters'] },
  });
  const primary = new ServiceStack(app, stackId('primary'), {
    ...inRegion(primaryRegion),
    peerRegion: secondaryRegion,
    cluster: primaryData.cluster,
    bundles,
  });
  const secondary = new ServiceStack(app, stackId('secondary'), {
    ...inRegion(secondaryRegion),
    peerRegion: primaryRegion,
    cluster: secondaryData.cluster,
    bundles,
  });
  primary.addStackDependency(secondaryData);
  secondary.addStackDependency(primary);

  Tags.of(app).add('Environment', config.environment);
  Tags.of(app).add('Application', config.application);
  Tags.of(app).add('Owner', config.owner);
  return app;
};
