import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inDependencyOrder } from './dependency-order.ts';
import {
  isObject,
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  stringOf,
  stringsOf,
} from './json.ts';
import { TemplateProblems } from './problems.ts';

/** A resource as the template declares it, before anything is resolved. */
export type TemplateResource = {
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  /** `Delete` unless given. */
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
  readonly metadata: Json | undefined;
  readonly updatePolicy: JsonObject;
  /** The names of all its attributes, such as `Type` and `Properties`. */
  readonly attributes: readonly string[];
  /** The names of attributes whose values cannot be read, and are left out. */
  readonly malformed: readonly string[];
};

export type Template = {
  /** JSON. */
  readonly text: string;
  readonly resources: ReadonlyMap<string, TemplateResource>;
  readonly parameters: JsonObject;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly outputs: JsonObject;
  /** The names of all sections. */
  readonly sections: readonly string[];
};

/** One stack of a synthesized app. */
export type StackTemplate = {
  readonly name: string;
  /** The ARN; one that stands for it unless given. */
  readonly id?: string;
  /** The values of parameters; their defaults unless given. */
  readonly parameters?: JsonObject;
  readonly region: string;
  readonly template: Template;
  /** The folder or file of each asset, by the object key under which it deploys. */
  readonly assets: ReadonlyMap<string, string>;
};

/** A synthesized CDK app: its stacks in the order in which they deploy. */
export type Assembly = { readonly directory: string; readonly stacks: readonly StackTemplate[] };

/** Types of artifacts that do not change what runs. */
const inertArtifacts = new Set(['cdk:asset-manifest', 'cdk:tree', 'cdk:feature-flag-report']);

const readJson = (directory: string, file: string): JsonObject => {
  const path = join(directory, file);
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Json;
    if (isObject(value)) return value;
  } catch (cause) {
    throw new TemplateProblems([`cannot read ${path}: is it the output of a CDK app?`], { cause });
  }
  throw new TemplateProblems([`cannot read ${path}: it does not hold a JSON object`]);
};

const isText = (value: Json): boolean => typeof value === 'string';

/** The types of the attributes that are read. */
const attributeKinds: ReadonlyMap<string, (value: Json) => boolean> = new Map([
  ['Type', isText],
  ['Properties', isObject],
  ['DependsOn', (value: Json) => listOf(value).every(isText)],
  ['Condition', isText],
]);

const readResource = (value: Json): TemplateResource => {
  const resource = objectOf(value);
  return {
    type: stringOf(resource['Type']) ?? '',
    properties: objectOf(resource['Properties']),
    dependsOn: stringsOf(resource['DependsOn']),
    condition: stringOf(resource['Condition']),
    deletionPolicy: stringOf(resource['DeletionPolicy']),
    updateReplacePolicy: stringOf(resource['UpdateReplacePolicy']),
    metadata: resource['Metadata'],
    updatePolicy: objectOf(resource['UpdatePolicy']),
    attributes: Object.keys(resource),
    malformed: Object.entries(resource).flatMap(([name, given]) =>
      (attributeKinds.get(name)?.(given) ?? true) ? [] : [name],
    ),
  };
};

/** A template's sections. */
export const readTemplate = (document: JsonObject): Template => ({
  text: JSON.stringify(document),
  resources: new Map(
    Object.entries(objectOf(document['Resources'])).map(([id, value]) => [id, readResource(value)]),
  ),
  parameters: objectOf(document['Parameters']),
  mappings: objectOf(document['Mappings']),
  conditions: objectOf(document['Conditions']),
  outputs: objectOf(document['Outputs']),
  sections: Object.keys(document),
});

const readAssets = (directory: string, file: string): [string, string][] =>
  Object.values(objectOf(readJson(directory, file)['files'])).flatMap((asset) => {
    const { source, destinations } = objectOf(asset);
    const path = stringOf(objectOf(source)['path']);
    if (path === undefined) return [];
    return Object.values(objectOf(destinations)).flatMap((destination) =>
      stringsOf(objectOf(destination)['objectKey']).map((key): [string, string] => [
        key,
        join(directory, path),
      ]),
    );
  });

const regionOf = (id: string, environment: string | undefined): string => {
  const region = environment?.split('/').at(-1) ?? 'unknown-region';
  if (region !== 'unknown-region') return region;
  throw new TemplateProblems([`${id}: the stack names no Region; give it \`env: { region }\``]);
};

/**
 * Reads the output folder of a CDK app.
 *
 * @throws {TemplateProblems} when the folder is none, or holds an artifact that does not run here.
 */
export const readAssembly = (directory: string): Assembly => {
  const artifacts = Object.entries(objectOf(readJson(directory, 'manifest.json')['artifacts'])).map(
    ([id, value]) => ({ id, ...objectOf(value) }) as JsonObject & { readonly id: string },
  );
  const stacks = artifacts.filter(({ type }) => type === 'aws:cloudformation:stack');
  const foreign = artifacts.find(
    ({ type }) => type !== 'aws:cloudformation:stack' && !inertArtifacts.has(String(type)),
  );
  if (foreign) {
    throw new TemplateProblems([
      `${foreign.id}: artifacts of type ${foreign['type']} do not run here`,
    ]);
  }
  const byId = new Map(stacks.map((artifact) => [artifact.id, artifact]));
  const dependenciesOf = (id: string) => stringsOf(byId.get(id)?.['dependencies']);
  const assets = new Map(
    artifacts
      .filter(({ type }) => type === 'cdk:asset-manifest')
      .flatMap(({ properties }) => stringsOf(objectOf(properties)['file']))
      .flatMap((file) => readAssets(directory, file)),
  );
  const order = inDependencyOrder([...byId.keys()], dependenciesOf);
  return {
    directory,
    stacks: order.map((id) => {
      const artifact = objectOf(byId.get(id));
      const properties = objectOf(artifact['properties']);
      return {
        name: stringOf(properties['stackName']) ?? id,
        region: regionOf(id, stringOf(artifact['environment'])),
        template: readTemplate(readJson(directory, stringOf(properties['templateFile']) ?? '')),
        assets,
      };
    }),
  };
};
