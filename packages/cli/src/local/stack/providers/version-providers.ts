import type { ResourceProvider, StepContext } from '../../deployment/index.ts';
import type { AliasRouting, VersionedFunction } from '../../lambda/index.ts';
import { isObject, listOf, numberOf, objectOf, stringOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { namedFunction } from '../../template/named-function.ts';
import type { RegionParts } from '../connect-services.ts';
import { deploymentOf } from '../plan/code-deploy.ts';
import type { CodeFolders } from './code-folders.ts';
import { type ClusterEndpoints, codeOf, settingsOf } from './function-code.ts';
import { provided } from './provided.ts';

type Deps = ClusterEndpoints & {
  readonly parts: (region: string) => RegionParts;
  readonly folders: CodeFolders;
};

/**
 * The attribute with the function as it was published. The template has it no longer when the stack
 * is started again.
 */
const publishedAttribute = 'PublishedFunction';

type Found = { readonly fn: Resource; readonly running: VersionedFunction };

/** The function of a version or an alias, in the template and as it runs. */
const functionOf = (
  { properties, region }: Resource,
  resources: readonly Resource[],
  parts: Deps['parts'],
): Found | undefined => {
  const fn = namedFunction(stringOf(properties['FunctionName']) ?? '', region, resources);
  const running = fn && parts(region).services.functions.get(fn.ref);
  return fn && running && { fn, running };
};

const found = (resource: Resource, context: StepContext, parts: Deps['parts']): Found => {
  const one = functionOf(resource, context.resources(), parts);
  if (one) return one;
  throw new Error(`Function not found: ${stringOf(resource.properties['FunctionName'])}`);
};

const versionIn = ({ attributes }: Resource): string => stringOf(attributes['Version']) ?? '';

/** The versions of a function that exist, the newest first. */
const versionsOf = (fn: Resource, resources: readonly Resource[]): readonly Resource[] =>
  resources
    .filter(({ type, attributes }) => {
      const published = attributes[publishedAttribute];
      return (
        type === 'AWS::Lambda::Version' && isObject(published) && published['arn'] === arnOf(fn)
      );
    })
    .toSorted((one, other) => Number(versionIn(other)) - Number(versionIn(one)));

const arnOf = ({ attributes }: Resource): string => stringOf(attributes['Arn']) ?? '';

/** The state of a function that a version keeps. */
const snapshotOf = (fn: Resource) => ({ arn: arnOf(fn), ref: fn.ref, properties: fn.properties });

/** Lambda publishes no code and no settings twice (developer guide, versions). */
const refusePublished = (newest: Resource | undefined, fn: Resource): void => {
  const before = JSON.stringify(newest?.attributes[publishedAttribute]);
  if (!newest || before !== JSON.stringify(snapshotOf(fn))) return;
  throw new Error(
    `A version for this Lambda function exists ( ${versionIn(newest)} ). Modify the function to create a new version.`,
  );
};

const versions = ({ parts, folders, endpointOf }: Deps): ResourceProvider => ({
  create: async (version, context) => {
    const { fn, running } = found(version, context, parts);
    const [newest] = versionsOf(fn, context.resources());
    refusePublished(newest, fn);
    const { codeDir } = running.configuration;
    const last = Math.max(running.lastVersion(), Number(newest ? versionIn(newest) : 0));
    const number = String(last + 1);
    running.publish(number, settingsOf({ endpointOf }, fn, context.resources(), codeDir));
    const ref = `${arnOf(fn)}:${number}`;
    const attributes = {
      ...{ Version: number, FunctionArn: ref },
      [publishedAttribute]: snapshotOf(fn),
    };
    return { ref, attributes };
  },
  /** Every property of a version replaces it. */
  update: async () => ({}),
  remove: async (version, context) => {
    const one = functionOf(version, context.resources(), parts);
    await one?.running.removeVersion(versionIn(version));
  },
  restore: async (version, context) => {
    const one = functionOf(version, context.resources(), parts);
    const published = objectOf(version.attributes[publishedAttribute]);
    if (!one) return;
    const fn = { ...one.fn, properties: objectOf(published['properties']) };
    // Code that is gone is found by nobody: the alias has no version to lead to then.
    const codeDir = await codeOf(fn, context, folders).catch(() => undefined);
    if (codeDir === undefined) return;
    one.running.publish(
      versionIn(version),
      settingsOf({ endpointOf }, fn, context.resources(), codeDir),
    );
  },
});

const routingOf = ({ properties }: Resource): AliasRouting => ({
  version: stringOf(properties['FunctionVersion']) ?? '',
  others: Object.fromEntries(
    listOf(objectOf(properties['RoutingConfig'])['AdditionalVersionWeights'])
      .map(objectOf)
      .map((one) => [stringOf(one['FunctionVersion']) ?? '', numberOf(one['FunctionWeight']) ?? 0]),
  ),
});

const nameOf = ({ properties }: Resource): string => stringOf(properties['Name']) ?? '';

const aliases = ({ parts }: Deps): ResourceProvider => {
  const put = (alias: Resource, context: StepContext): void =>
    found(alias, context, parts).running.putAlias(nameOf(alias), routingOf(alias));
  const provider = provided(put, () => {});
  return {
    ...provider,
    update: async (alias, _, context) => {
      const { running } = found(alias, context, parts);
      const name = nameOf(alias);
      const from = running.alias(name)?.version;
      const { version: to } = routingOf(alias);
      const request = deploymentOf(alias, context.resources());
      // A roll back leads all requests back at once.
      if (!request || from === undefined || from === to || context.isRollback) {
        put(alias, context);
        return {};
      }
      await parts(alias.region).codeDeploy.deploy({
        ...{ ...request, signal: context.signal },
        shift: (percent) => {
          const isWhole = percent === 100;
          const others = isWhole || percent === 0 ? {} : { [to]: percent / 100 };
          running.putAlias(name, { version: isWhole ? to : from, others });
        },
      });
      return {};
    },
    remove: async (alias, context) => {
      functionOf(alias, context.resources(), parts)?.running.removeAlias(nameOf(alias));
    },
    restore: async (alias, context) => {
      // A version whose code is gone waits for the deployment that brings another one.
      await provider.restore(alias, context).catch(() => undefined);
    },
  };
};

/** The providers of the versions of functions, and of the aliases that lead to them. */
export const versionProviders = (deps: Deps): Readonly<Record<string, ResourceProvider>> => ({
  'AWS::Lambda::Version': versions(deps),
  'AWS::Lambda::Alias': aliases(deps),
});
