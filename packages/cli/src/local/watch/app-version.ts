import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { codeDirOf, functionSettings } from '../stack/plan/function-settings.ts';
import { planStack } from '../stack/plan/plan.ts';
import { readAssembly } from '../template/assembly.ts';
import type { Resource } from '../template/model.ts';

/** The code of one function in one Region. */
export type FunctionCode = {
  readonly region: string;
  readonly name: string;
  readonly codeDir: string;
  /** SHA-256 of the names and the contents of its files. */
  readonly digest: string;
};

/** The parts of a synthesized app by which a running stack tells two versions apart. */
export type AppVersion = {
  readonly functions: readonly FunctionCode[];
  /** The resources of the templates without the code of functions, by `stack/logicalId`. */
  readonly resources: ReadonlyMap<string, unknown>;
};

/**
 * The CDK's own statistics. They change with the constructs that an app uses, and change nothing
 * that runs.
 */
const metadataType = 'AWS::CDK::Metadata';

const digestOf = (folder: string): string => {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) {
    const content = readFileSync(file);
    hash.update(`${file.slice(folder.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
};

/** A resource, without the code of a function. */
const shapeOf = ({ type, region, ref, properties }: Resource): unknown => {
  if (type !== 'AWS::Lambda::Function') return { type, region, ref, properties };
  const { Code: _code, ...others } = properties;
  return { type, region, ref, properties: others };
};

/**
 * Reads the output folder of a CDK app.
 *
 * @throws {TemplateProblems} for an app that does not run here, as at the start.
 */
export const readAppVersion = (directory: string, ignoredTypes: readonly string[]): AppVersion => {
  const assembly = readAssembly(directory);
  const { resources } = planStack(assembly, ignoredTypes);
  const digests = new Map<string, string>();
  const codeOf = (resource: Resource): FunctionCode => {
    const { region, name, codeDir } = functionSettings(
      resource,
      resources,
      codeDirOf(resource, assembly),
    );
    const digest = digests.get(codeDir) ?? digestOf(codeDir);
    digests.set(codeDir, digest);
    return { region, name, codeDir, digest };
  };
  const known = resources.filter(({ type }) => type !== metadataType);
  return {
    functions: known.filter(({ type }) => type === 'AWS::Lambda::Function').map(codeOf),
    resources: new Map(
      known.map((resource) => [`${resource.stack}/${resource.logicalId}`, shapeOf(resource)]),
    ),
  };
};

/**
 * The functions whose code differs between the two versions. A function that only the second
 * version has is not among them.
 */
export const changedCode = (before: AppVersion, after: AppVersion): readonly FunctionCode[] =>
  after.functions.filter(({ region, name, digest }) =>
    before.functions.some(
      (one) => one.region === region && one.name === name && one.digest !== digest,
    ),
  );

/**
 * The `stack/logicalId` of each resource that only one version has, or that differs between them.
 */
export const changedResources = (before: AppVersion, after: AppVersion): readonly string[] =>
  [...new Set([...before.resources.keys(), ...after.resources.keys()])].filter(
    (key) => !isDeepStrictEqual(before.resources.get(key), after.resources.get(key)),
  );
