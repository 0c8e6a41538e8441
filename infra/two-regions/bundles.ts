import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { allBuilt, type Bundle, type BundleOptions, bundleAll } from '../bundling/bundle.ts';
import { withoutMigrations } from '../bundling/bundle-migrations.ts';
import { peerClustersEntry } from '../peering/peer-clusters.ts';
import { InvalidConfig } from './config.ts';
import { type FunctionName, functionNames } from './service-functions.ts';

/**
 * Locates the entries of a service's functions: a folder that has `<function>.lambda.ts` for each,
 * or the path of each.
 *
 * @example
 * const entries = new URL('../../src/handlers/booking', import.meta.url);
 */
export type ServiceEntries<Service extends DeclaredService> =
  | string
  | URL
  | Readonly<Record<FunctionName<Service>, string | URL>>;

/** The code of a service's functions, and of the framework's own that peers its clusters. */
export type ServiceBundles<Service extends DeclaredService = DeclaredService> = Readonly<
  Record<FunctionName<Service> | 'peer-clusters', Bundle>
>;

const pathOf = (place: string | URL): string =>
  typeof place === 'string' ? place : fileURLToPath(place);

/**
 * The absolute path of the entry of each function.
 *
 * @throws {InvalidConfig} with one line for each function that has no entry
 */
export const entriesOf = <Service extends DeclaredService>(
  service: Service,
  entries: ServiceEntries<Service>,
): Readonly<Record<FunctionName<Service>, string>> => {
  const inFolder = typeof entries === 'string' || entries instanceof URL;
  const paths = functionNames(service).map((name) => {
    const path = inFolder ? join(pathOf(entries), `${name}.lambda.ts`) : pathOf(entries[name]);
    return [name, path] as const;
  });
  const missing = paths.filter(([, path]) => !existsSync(path));
  if (missing.length > 0) {
    throw new InvalidConfig(
      missing.map(
        ([name, path]) =>
          `Function ${name} of ${service.name} has no entry: create ${path}, or give its path in entries`,
      ),
    );
  }
  return Object.fromEntries(paths) as Record<FunctionName<Service>, string>;
};

/**
 * Bundles the functions of a service into `outdir`. Only the one that migrates has the migrations
 * that the declaration loads. Unless `omit` is given, the parts of `pg` are left out that no
 * connection of the framework reaches, where a function does not use `pg` by itself.
 *
 * @throws {InvalidConfig} with one line for each function that has no entry
 */
export const bundleService = async <Service extends DeclaredService>(
  service: Service,
  options: {
    readonly entries: ServiceEntries<Service>;
    readonly outdir: string;
  } & Pick<BundleOptions, 'omit' | 'sourcemap'>,
): Promise<ServiceBundles<Service>> => {
  const { entries, outdir, ...given } = options;
  const bundling = { ...given, omitUnusedDriver: given.omit === undefined };
  const { migrate, ...others } = entriesOf(service, entries) as { readonly migrate: string };
  const peering = { 'peer-clusters': fileURLToPath(peerClustersEntry) };
  const bundles = await allBuilt<Partial<ServiceBundles>>([
    bundleAll({ migrate }, outdir, bundling),
    bundleAll({ ...others, ...peering }, outdir, bundling, [withoutMigrations(service.migrations)]),
  ]);
  return Object.assign({}, ...bundles) as ServiceBundles<Service>;
};
