import { readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { readConfig, type TwoRegionConfig } from '../two-regions/config.ts';
import { namesOf } from '../two-regions/names.ts';
import { createApp } from '../two-regions/synthesize.ts';
import {
  createTwoRegions,
  type TwoRegions,
  type TwoRegionsProps,
} from '../two-regions/two-regions.ts';
import type { Code } from './archives.ts';
import type { Synthesize } from './parameterized.ts';
import { plainTemplate, type SynthesizedStack } from './plain-template.ts';

type AssetManifest = {
  readonly files?: Readonly<
    Record<string, { readonly source: { readonly path?: string; readonly packaging?: string } }>
  >;
};

/** The stacks of a service, by their names without the prefix and the service. */
const partsOf = (
  service: DeclaredService,
  config: TwoRegionConfig,
): ReadonlyMap<string, string> => {
  const names = namesOf(service, config);
  return new Map([
    [names.dataStack('primary'), 'data-primary'],
    [names.dataStack('secondary'), 'data-secondary'],
    [names.peeringStack, 'data-peering'],
    [names.serviceStack('primary'), 'primary'],
    [names.serviceStack('secondary'), 'secondary'],
  ]);
};

const collectCode = (folder: string, manifest: string, code: Record<string, Code>): void => {
  const { files = {} }: AssetManifest = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const [hash, { source }] of Object.entries(files)) {
    if (source.packaging !== 'zip' || source.path === undefined) continue;
    const directory = resolve(folder, source.path);
    const name = basename(directory);
    const known = code[name];
    if (known !== undefined && known.hash !== hash) {
      throw new Error(`Two functions have the code ${name}: give one of the bundles another name`);
    }
    code[name] = { directory, hash };
  }
};

/**
 * Synthesizes the stacks of a service again and again, with other settings over the same bundles.
 *
 * @param props of `createTwoRegions`, without the configuration
 * @param code receives the folder of each function's code
 * @param folder receives the assembly of each synthesis in its turn
 */
export const synthesizer =
  <Service extends DeclaredService>(
    props: Omit<TwoRegionsProps<Service>, 'config'>,
    { code, folder }: { readonly code: Record<string, Code>; readonly folder: string },
    extend: (regions: TwoRegions<Service>) => void | Promise<void> = () => undefined,
  ): Synthesize =>
  async (environment) => {
    const config = readConfig(environment);
    const parts = partsOf(props.service, config);
    const outdir = join(folder, 'assembly');
    try {
      const app = createApp({ outdir });
      app.node.setContext(DISABLE_ASSET_STAGING_CONTEXT, true);
      await extend(createTwoRegions(app, { ...props, config }));
      const stacks = app.synth().stacks.map((stack): SynthesizedStack => {
        collectCode(outdir, join(outdir, `${stack.id}.assets.json`), code);
        const { stackName, environment: place, template } = stack;
        return {
          part: parts.get(stackName) ?? stackName,
          stackName,
          region: place.region,
          template,
        };
      });
      const names = new Map(Object.entries(code).map(([name, { hash }]) => [hash, name]));
      return stacks.map((stack) => ({ ...stack, template: plainTemplate(stack, stacks, names) }));
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  };
