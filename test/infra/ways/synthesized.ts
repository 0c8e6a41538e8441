import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Json, JsonObject } from '../../../packages/cli/src/local/template/json.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { type DeployedStack, type System, systemOf } from './system.ts';

/** The part of a stack by its name. */
export const partOf = ({ name }: DeclaredService, stackName: string): string =>
  stackName.slice(stackName.indexOf(`-${name}-`) + name.length + 2);

/** The name of the function that a file of placeholder code is made for. */
const placeholderName = (file: string): string =>
  /'([\w-]+)'/.exec(readFileSync(file, 'utf8'))?.[1] ?? file;

/**
 * The assembly that the CDK app of a service synthesizes over placeholder code.
 *
 * @param folder receives it; a temporary folder of the test unless given
 */
export const sourceAssembly = (
  service: DeclaredService,
  environment: Readonly<Record<string, string>> = {},
  folder?: string,
): CloudAssembly =>
  placeholderApp(service, { environment, ...(folder !== undefined && { folder }) }).synth();

/** The system of an assembly over placeholder code. */
export const systemOfSource = (
  service: DeclaredService,
  { stacks, directory }: CloudAssembly,
): System => {
  const archiveIn = ({ S3Key }: JsonObject): Json => {
    const hash = String(S3Key).replace(/\.zip$/, '');
    return placeholderName(join(directory, `asset.${hash}`, 'index.mjs'));
  };
  return systemOf(deployedStacks(service, { stacks }), (code) => String(archiveIn(code)));
};

/** The stacks of an assembly. */
export const deployedStacks = (
  service: DeclaredService,
  { stacks }: Pick<CloudAssembly, 'stacks'>,
): readonly DeployedStack[] =>
  stacks.map(({ stackName, environment: place, template }) => ({
    ...{ part: partOf(service, stackName), stackName, region: place.region },
    template: template as JsonObject,
  }));

/** The system that the CDK app of a service deploys. */
export const sourceSystem = (
  service: DeclaredService,
  environment: Readonly<Record<string, string>> = {},
): System => systemOfSource(service, sourceAssembly(service, environment));
