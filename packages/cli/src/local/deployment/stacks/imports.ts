import { isDeepStrictEqual } from 'node:util';
import type { ResourceChange, ResourceToImport } from '../deployments.ts';
import type { Made, ResourceProvider } from '../operations/provider.ts';
import { parsedOutputs, type Target } from './stack-model.ts';
import type { Deployed, StackRecord } from './stack-record.ts';
import type { StackStore } from './store.ts';

/** The properties that identify a resource, by the types that can be imported here. */
export const importIdentifiers: Readonly<Record<string, readonly string[]>> = {
  'AWS::Backup::BackupVault': ['BackupVaultName'],
  'AWS::DSQL::Cluster': ['Identifier'],
};

export type ImportDeps = {
  readonly store: StackStore;
  readonly provider: (type: string) => ResourceProvider;
};

/** A resource to import, as it exists. */
export type FoundResource = {
  readonly logicalId: string;
  readonly made: Made & { readonly ref: string };
  /** The stack that had it has let go of it. */
  readonly retained?: Deployed;
};

const idOf = ({ type, identifier }: ResourceToImport): string | undefined => {
  const names = importIdentifiers[type] ?? [];
  const isWhole = isDeepStrictEqual(Object.keys(identifier), names);
  return isWhole ? names.map((name) => identifier[name]).join('|') : undefined;
};

/** Looks for a resource among those that run, and those that a stack has let go of. */
export const findImported = (
  { store, provider }: ImportDeps,
  region: string,
  wanted: ResourceToImport,
): FoundResource | undefined => {
  const { type, logicalId } = wanted;
  const id = idOf(wanted);
  if (id === undefined) return undefined;
  const retained = store
    .retained()
    .find(({ resource: one }) => one.type === type && one.region === region && one.ref === id);
  const { find } = provider(type);
  const made = find ? find(region, id) : retained && { attributes: retained.resource.attributes };
  if (made === undefined) return undefined;
  return { logicalId, made: { ...made, ref: id }, ...(retained && { retained }) };
};

const listed = (ids: readonly string[]): string => `[${ids.join(', ')}]`;

const problemsOfOne = (
  deps: ImportDeps,
  { region }: StackRecord,
  { template }: Target,
  wanted: ResourceToImport,
): readonly string[] => {
  const { logicalId, type } = wanted;
  const declared = template.resources.get(logicalId);
  if (declared?.type !== type) {
    return [`Resources ${listed([logicalId])} in ResourcesToImport are not in the template.`];
  }
  if (!Object.hasOwn(importIdentifiers, type)) {
    return [`ResourceTypes ${listed([type])} are not supported for Import`];
  }
  const id = idOf(wanted);
  if (id === undefined) {
    return [
      `The identifier of ${logicalId} must have the keys ${listed(importIdentifiers[type] ?? [])}`,
    ];
  }
  const owner = deps.store
    .all()
    .find(
      (stack) =>
        stack.region === region &&
        stack.status !== 'DELETE_COMPLETE' &&
        stack.resources.some(({ resource: one }) => one.type === type && one.ref === id),
    );
  if (owner) return [`${id} already exists in stack ${owner.id}`];
  if (findImported(deps, region, wanted)) return [];
  return [`Resource of type '${type}' with identifier '${id}' was not found.`];
};

/**
 * The problems of a change set that imports, one line for each. The texts are those of the service
 * where a public report shows them.
 *
 * @param changes of the template, as those of an update
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import.html
 */
export const importProblems = (
  deps: ImportDeps,
  record: StackRecord,
  target: Target,
  {
    wanted,
    changes,
  }: {
    readonly wanted: readonly ResourceToImport[];
    readonly changes: readonly ResourceChange[];
  },
): readonly string[] => {
  const imported = new Set(wanted.map(({ logicalId }) => logicalId));
  const others = changes.filter(({ logicalId }) => !imported.has(logicalId));
  const added = others.filter(({ action }) => action === 'Add').map(({ logicalId }) => logicalId);
  const modified = [
    ...others.filter(({ action }) => action !== 'Add'),
    ...changes.filter(({ action, logicalId }) => imported.has(logicalId) && action !== 'Add'),
  ].map(({ logicalId }) => logicalId);
  const withoutPolicy = [...imported].filter((logicalId) => {
    const declared = target.template.resources.get(logicalId);
    return declared !== undefined && declared.deletionPolicy === undefined;
  });
  const outputsDiffer = !isDeepStrictEqual(
    parsedOutputs(record.template),
    parsedOutputs(target.content.template),
  );
  return [
    ...wanted.flatMap((one) => problemsOfOne(deps, record, target, one)),
    ...(added.length > 0
      ? [`Resources ${listed(added)} is missing from ResourceToImport list`]
      : []),
    ...(modified.length > 0
      ? [
          `You have modified resources ${listed(modified)} in your template that are not being imported. Update, create or delete operations cannot be executed during import operations.`,
        ]
      : []),
    ...(withoutPolicy.length > 0
      ? [
          `The following resources to import ${listed(withoutPolicy)} must have DeletionPolicy attribute specified in the template.`,
        ]
      : []),
    ...(outputsDiffer
      ? ['As part of the import operation, you cannot modify or add [Outputs]']
      : []),
  ];
};

/** The changes of an import, as its change set lists them. */
export const importChanges = (
  changes: readonly ResourceChange[],
  wanted: readonly ResourceToImport[],
): readonly ResourceChange[] =>
  changes.map((change) => {
    const one = wanted.find(({ logicalId }) => logicalId === change.logicalId);
    const physicalId = one && idOf(one);
    return physicalId === undefined ? change : { ...change, action: 'Import', physicalId };
  });
