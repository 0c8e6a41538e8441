import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { regionSetsWith } from '../../src/domain/kernel/region-sets.ts';
import {
  type ParameterizedTemplate,
  parameterizedTemplates,
} from '../cloudformation/parameterized.ts';
import { synthesizer } from '../cloudformation/synthesized-stacks.ts';
import type { ServiceBundles } from '../two-regions/bundles.ts';
import {
  type EnvironmentVariables,
  InvalidConfig,
  processEnvironment,
} from '../two-regions/config.ts';
import { functionNames } from '../two-regions/service-functions.ts';
import type { SynthesizeOptions } from '../two-regions/synthesize.ts';
import { absentProblems } from './absent-settings.ts';
import { describeHalf, type Half, tablesOf } from './description/describe.ts';

/** Those of `synthesizeTwoRegions` that decide resources, and the folder for the description. */
export type TerraformOptions<Service extends DeclaredService> = Pick<
  SynthesizeOptions<Service>,
  'environment' | 'functions' | 'safety'
> & { readonly outdir: string };

const halves: readonly Half[] = ['primary', 'secondary'];

/**
 * Writes the description of a service, made of the parameterized templates of its stacks.
 *
 * @param environment the settings of which the templates were made
 */
export const writeDescription = (
  { name }: DeclaredService,
  environment: EnvironmentVariables,
  templates: readonly ParameterizedTemplate[],
  outdir: string,
): void => {
  mkdirSync(outdir, { recursive: true });
  for (const half of halves) {
    writeFileSync(join(outdir, `${half}.json.tftpl`), describeHalf(half, name, templates));
  }
  const sets = regionSetsWith(environment['EXTRA_REGION_SET']);
  const service = { name, tables: tablesOf(templates), region_sets: sets };
  writeFileSync(join(outdir, 'service.json'), `${JSON.stringify(service, undefined, 1)}\n`);
};

/**
 * Writes the description of a service that the Terraform module reads: the resources of each Region
 * for any values of the module's variables. It comes from the synthesis of the CDK app, without
 * bundling: `buildLambda` writes the archives.
 *
 * @throws {InvalidConfig} with one line for each setting or name that is wrong, and for each
 *   setting that the module does not have
 * @throws {Error} for a type or a property of a resource that the module has not
 * @example
 * await buildTerraform(booking, { outdir: 'dist/booking/terraform' });
 */
export const buildTerraform = async <Service extends DeclaredService>(
  service: Service,
  { outdir, environment = processEnvironment, ...props }: TerraformOptions<Service>,
): Promise<void> => {
  const problems = absentProblems(environment);
  if (problems.length > 0) throw new InvalidConfig(problems);
  const folder = join(outdir, 'work');
  try {
    const bundles = Object.fromEntries(
      [...functionNames(service), 'peer-clusters'].map((name) => {
        const directory = join(folder, name);
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, 'index.mjs'), '');
        const hash = Buffer.from(name).toString('hex');
        return [name, { directory, hash, metafile: { inputs: {}, outputs: {} } }];
      }),
    ) as ServiceBundles<Service>;
    const synthesize = synthesizer({ ...props, service, bundles }, { code: {}, folder });
    const templates = await parameterizedTemplates(service, environment, synthesize);
    writeDescription(service, environment, templates, outdir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
