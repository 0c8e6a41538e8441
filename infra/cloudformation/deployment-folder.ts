import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { regionSetsWith } from '../../src/domain/kernel/region-sets.ts';
import { type EnvironmentVariables, readConfig } from '../two-regions/config.ts';
import type { ParameterizedTemplate } from './parameterized.ts';

/** The scripts that deploy, destroy and verify, and the one that they share. */
const scripts = ['common.sh', 'deploy.sh', 'destroy.sh', 'verify.sh'];

/** The service, its defaults and the sets of Regions, for scripts that read no JSON. */
const serviceFile = (service: DeclaredService, environment: EnvironmentVariables): string => {
  const config = readConfig(environment);
  const sets = regionSetsWith(environment['EXTRA_REGION_SET']);
  return [
    `Service ${service.name}`,
    `PrimaryRegion ${config.primaryRegion}`,
    `SecondaryRegion ${config.secondaryRegion}`,
    `WitnessRegion ${config.witnessRegion}`,
    `ClusterNamePrefix ${config.clusterNamePrefix}`,
    `ClusterNameSuffix ${config.clusterNameSuffix}`,
    `LambdaFunctionPrefix ${config.functionPrefix}`,
    ...sets.map((regions) => `RegionSet ${regions.join(' ')}`),
    '',
  ].join('\n');
};

/**
 * Writes templates, the scripts that deploy them, and `service.txt`, which the scripts read.
 *
 * @param environment the settings of which the templates were made
 */
export const writeDeployment = (
  service: DeclaredService,
  environment: EnvironmentVariables,
  templates: readonly ParameterizedTemplate[],
  outdir: string,
): void => {
  mkdirSync(outdir, { recursive: true });
  for (const { part, template } of templates) {
    const text = `${JSON.stringify(template, undefined, 1)}\n`;
    writeFileSync(join(outdir, `${part}.template.json`), text);
  }
  writeFileSync(join(outdir, 'service.txt'), serviceFile(service, environment));
  for (const script of scripts)
    copyFileSync(new URL(`../scripts/${script}`, import.meta.url), join(outdir, script));
};
