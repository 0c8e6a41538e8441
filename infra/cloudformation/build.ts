import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { bundleService, type ServiceBundles } from '../two-regions/bundles.ts';
import { processEnvironment } from '../two-regions/config.ts';
import type { SynthesizeOptions } from '../two-regions/synthesize.ts';
import { archiveKey, type Code, writeArchives } from './archives.ts';
import { writeDeployment } from './deployment-folder.ts';
import { parameterizedTemplates } from './parameterized.ts';
import { synthesizer } from './synthesized-stacks.ts';

/** Those of `synthesizeTwoRegions`, and the folder that receives the files. */
export type BuildOptions<Service extends DeclaredService> = Omit<
  SynthesizeOptions<Service>,
  'outdir' | 'synthesizer' | 'validateTemplates'
> & { readonly outdir: string };

type CodeOptions<Service extends DeclaredService> = Pick<
  BuildOptions<Service>,
  'entries' | 'omit' | 'sourcemap' | 'outdir'
>;

/** Receives the archives. */
const lambdaFolder = (outdir: string): string => join(outdir, 'lambda');

const bundled = async <Service extends DeclaredService, Result>(
  service: Service,
  { entries, omit, sourcemap, outdir }: CodeOptions<Service>,
  use: (bundles: ServiceBundles<Service>, folder: string) => Promise<Result>,
): Promise<Result> => {
  const folder = join(outdir, 'work');
  try {
    const bundling = { ...defined({ omit, sourcemap }), entries, outdir: folder };
    return await use(await bundleService(service, bundling), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * Bundles the functions of a service and writes them as archives into `outdir/lambda`, such as
 * `api.zip`, for any tool that deploys. The same sources give the same bytes.
 *
 * @throws {InvalidConfig} with one line for each function that has no entry
 */
export const buildLambda = <Service extends DeclaredService>(
  service: Service,
  options: CodeOptions<Service>,
): Promise<void> =>
  bundled(service, options, async (bundles) =>
    writeArchives(bundles, lambdaFolder(options.outdir), (name) => `${name}.zip`),
  );

/**
 * Writes a template for each stack of a service, the archives of its functions, `service.txt` with
 * its name and defaults, and the scripts: the folder is all that a deployment needs. The templates
 * come from the synthesis of the CDK app.
 *
 * Settings of the environment are the defaults of the parameters; those that cannot be a parameter
 * decide the templates.
 *
 * @throws {InvalidConfig} with one line for each setting, name or entry that is wrong
 * @throws {Error} for a part of a template that no function of CloudFormation can decide
 * @example
 * await buildCloudFormation(booking, {
 *   entries: new URL('../../src/handlers/booking', import.meta.url),
 *   outdir: 'dist/cloudformation/booking',
 * });
 */
export const buildCloudFormation = <Service extends DeclaredService>(
  service: Service,
  options: BuildOptions<Service>,
): Promise<void> =>
  bundled(service, options, async (bundles, folder) => {
    const { environment = processEnvironment, outdir, extend, ...props } = options;
    const code: Record<string, Code> = {};
    const synthesize = synthesizer(
      { ...props, service, bundles },
      { code, folder },
      extend && ((regions) => extend(regions, { bundles: folder })),
    );
    const templates = await parameterizedTemplates(service, environment, synthesize);
    writeDeployment(service, environment, templates, outdir);
    writeArchives(code, lambdaFolder(outdir), archiveKey);
  });
