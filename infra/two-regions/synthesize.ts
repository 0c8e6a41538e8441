import { join, resolve } from 'node:path';
import { App, DefaultStackSynthesizer, type IReusableStackSynthesizer } from 'aws-cdk-lib';
import { DEFAULT_CROSS_STACK_REFERENCES } from 'aws-cdk-lib/cx-api';
import { defined } from '../../src/domain/kernel/defined.ts';
import { type DeclaredService, InvariantViolation } from '../../src/domain/kernel/index.ts';
import type { BundleOptions } from '../bundling/bundle.ts';
import { InvalidProp } from '../constructs/props.ts';
import { bundleService, type ServiceEntries } from './bundles.ts';
import {
  type EnvironmentVariables,
  InvalidConfig,
  processEnvironment,
  readConfig,
  type TwoRegionConfig,
} from './config.ts';
import { createTwoRegions, type TwoRegions, type TwoRegionsProps } from './two-regions.ts';

export type AppOptions = {
  /** Receives the cloud assembly. */
  readonly outdir: string;
  /**
   * Whether the CDK checks the templates against CloudFormation's schemas. Off unless given, since
   * it takes as long as the rest of a synthesis, and the framework's tests check the framework's
   * resources. Turn it on for resources of your own.
   */
  readonly validateTemplates?: boolean;
  /**
   * Deploys the stacks. Unless given, the CDK's default synthesizer without its rule about the
   * version of the bootstrap stack, which the CDK's command checks itself.
   */
  readonly synthesizer?: IReusableStackSynthesizer;
};

/**
 * An app whose templates hold what they deploy and nothing else. Stacks of one Region refer to each
 * other by exports.
 */
export const createApp = ({ outdir, validateTemplates = false, synthesizer }: AppOptions): App =>
  new App({
    outdir,
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: validateTemplates,
    context: {
      [DEFAULT_CROSS_STACK_REFERENCES]: 'strong',
      // CloudFormation takes 51,200 bytes of a template in a request, and counts white space.
      '@aws-cdk/core:suppressTemplateIndentation': true,
    },
    defaultStackSynthesizer:
      synthesizer ??
      // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
      (new DefaultStackSynthesizer({
        generateBootstrapVersionRule: false,
      }) as IReusableStackSynthesizer),
  });

/** The entries of a service's functions, and additions to its stacks. */
export type SynthesizeOptions<Service extends DeclaredService> = {
  /** The file of each function, such as `src/api.lambda.ts`. */
  readonly entries: ServiceEntries<Service>;
  /** The environment variables with the settings; those of the process unless given. */
  readonly environment?: EnvironmentVariables;
  /**
   * Adds resources to the five stacks before the synthesis. `bundles` is the folder for the code of
   * further functions.
   */
  readonly extend?: (
    regions: TwoRegions<Service>,
    folders: { readonly bundles: string },
  ) => void | Promise<void>;
} & Pick<TwoRegionsProps<Service>, 'functions' | 'safety' | 'surroundings'> &
  Pick<BundleOptions, 'omit' | 'sourcemap'> &
  Partial<AppOptions>;

/** Lambda refuses a reservation late: the data stacks are there before the first function. */
const reservingLine = ({ primaryRegion, secondaryRegion }: TwoRegionConfig): string =>
  `RESERVE_CONCURRENCY=on fails in an account whose limit of Lambda is below 101: see aws lambda get-account-settings --region ${primaryRegion} --query AccountLimit.ConcurrentExecutions, and the same in ${secondaryRegion}`;

/** Nobody can undo it, AWS's support included. */
const lockingLine = ({ backupDays }: TwoRegionConfig): string =>
  `BACKUP_LOCK=compliance: from three days after the deployment on, nobody can delete a backup in ${backupDays} days, nor its vault, nor take the lock away; BACKUP_LOCK=governance can be undone`;

/**
 * Bundles a declared service and synthesizes it in two Regions.
 *
 * @throws {InvalidConfig} with one line for each setting, name or entry that is wrong
 * @throws {InvalidProp} for a prop that nothing can be deployed with
 * @throws {InvariantViolation} when `safety` breaks a rule of `deriveSafety`
 */
export const synthesize = async <Service extends DeclaredService>(
  service: Service,
  options: SynthesizeOptions<Service>,
  warn: (line: string) => void = () => undefined,
): Promise<App> => {
  const { environment = processEnvironment, entries, omit, sourcemap, ...others } = options;
  const {
    extend,
    outdir = resolve(environment['CDK_OUTDIR'] || processEnvironment['CDK_OUTDIR'] || 'cdk.out'),
    ...props
  } = others;
  const config = readConfig(environment);
  const app = createApp({ ...others, outdir });
  const folder = join(outdir, 'bundles');
  const bundling = { ...defined({ omit, sourcemap }), entries, outdir: folder };
  const bundles = await bundleService(service, bundling);
  const regions = createTwoRegions(app, { ...props, service, config, bundles });
  await extend?.(regions, { bundles: folder });
  app.synth();
  if (config.reserveConcurrency) warn(reservingLine(config));
  if (config.backupLock === 'compliance') warn(lockingLine(config));
  if (!regions.primary.tellsAlarms) {
    warn(
      `The alarms of ${service.name} tell nobody: set ALARM_EMAIL to an address, or give alarmActions in surroundings`,
    );
  }
  return app;
};

/**
 * Whether the reader of an error can fix its cause. Its message says all, so its trace is left out.
 */
const isExplained = (error: unknown): error is Error =>
  error instanceof InvalidConfig ||
  error instanceof InvalidProp ||
  error instanceof InvariantViolation;

/**
 * Runs a command. A wrong setting, name, prop or entry ends the process with one line for each, and
 * without a trace.
 */
export const explained = async (run: () => Promise<unknown>): Promise<void> => {
  try {
    await run();
  } catch (error) {
    if (!isExplained(error)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
};

/**
 * The whole app of a declared service in two Regions, as `cdk.json` names it. It reads the settings
 * from the environment and leaves the assembly in `cdk.out`, or where the CDK's command wants it.
 *
 * A wrong setting, name, prop or entry ends the process with one line for each, and without a
 * trace. A service whose alarms tell nobody is told so in one line.
 *
 * @example
 * await synthesizeTwoRegions(booking, {
 *   entries: new URL('../../src/handlers/booking', import.meta.url),
 * });
 */
export const synthesizeTwoRegions = async <Service extends DeclaredService>(
  service: Service,
  options: SynthesizeOptions<Service>,
): Promise<void> => {
  await explained(() => synthesize(service, options, (line) => console.warn(line)));
};
