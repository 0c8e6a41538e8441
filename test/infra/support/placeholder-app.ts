import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import {
  type Bundle,
  createTwoRegions,
  readConfig,
  type ServiceBundles,
  type TwoRegionsProps,
} from '../../../infra/index.ts';
import { functionNames } from '../../../infra/two-regions/service-functions.ts';
import { createApp } from '../../../infra/two-regions/synthesize.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Code that is never run: a template knows only its hash. */
const placeholderBundle = (folder: string, name: string): Bundle => {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.mjs'), `export const handler = async () => '${name}';`);
  return {
    directory,
    hash: Buffer.from(name).toString('hex'),
    metafile: { inputs: {}, outputs: {} },
  };
};

/** Placeholders for the bundles of a service. */
export const placeholderBundles = <Service extends DeclaredService>(
  service: Service,
  folder: string,
): ServiceBundles<Service> =>
  Object.fromEntries(
    [...functionNames(service), 'peer-clusters'].map((name) => [
      name,
      placeholderBundle(folder, name),
    ]),
  ) as ServiceBundles<Service>;

type Options<Service extends DeclaredService> = {
  readonly environment?: Readonly<Record<string, string>>;
  /** Receives the assembly; a temporary folder of the test unless given. */
  readonly folder?: string;
} & Pick<TwoRegionsProps<Service>, 'functions' | 'safety' | 'surroundings'>;

/** The app of a service in two Regions over placeholder code. */
export const placeholderApp = <Service extends DeclaredService>(
  service: Service,
  { environment = {}, folder = temporaryFolder(), ...props }: Options<Service> = {},
): App => {
  const app = createApp({ outdir: join(folder, 'cdk.out') });
  const bundles = placeholderBundles(service, join(folder, 'bundles'));
  createTwoRegions(app, { ...props, service, config: readConfig(environment), bundles });
  return app;
};
