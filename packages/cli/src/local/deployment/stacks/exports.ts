import type { StackExport, StackOutput } from '../deployments.ts';
import type { StackRecord } from './stack-record.ts';
import type { StackStore } from './store.ts';

const isLive = ({ status }: StackRecord): boolean => status !== 'DELETE_COMPLETE';

/** The exports of a Region. */
export const exportsOf = (
  store: Pick<StackStore, 'all'>,
  region: string,
): readonly StackExport[] => {
  const stacks = store.all().filter((stack) => stack.region === region && isLive(stack));
  return stacks.flatMap(({ id, outputs }) =>
    outputs.flatMap(({ exportName: name, value }): StackExport[] =>
      name === undefined
        ? []
        : [
            {
              ...{ name, value, exportingStackId: id },
              importedBy: stacks
                .filter(({ imports }) => imports.includes(name))
                .map((one) => one.name),
            },
          ],
    ),
  );
};

/**
 * The reasons for which a stack may not have other outputs: another stack reads an export that
 * changes, or has the name of a new one.
 */
export const exportConflicts = (
  store: Pick<StackStore, 'all'>,
  { id, region }: Pick<StackRecord, 'id' | 'region'>,
  outputs: readonly StackOutput[],
): readonly string[] => {
  const all = exportsOf(store, region);
  const values = new Map(outputs.map(({ exportName, value }) => [exportName, value]));
  const used = all
    .filter((one) => one.exportingStackId === id && one.importedBy.length > 0)
    .filter(({ name, value }) => values.get(name) !== value)
    .map(({ name, importedBy }) => {
      const verb = values.has(name) ? 'updated' : 'deleted';
      return `Cannot ${verb === 'updated' ? 'update' : 'delete'} export ${name} as it is in use by ${importedBy.join(', ')}.`;
    });
  const taken = all
    .filter((one) => one.exportingStackId !== id && values.has(one.name))
    .map(({ name, exportingStackId }) => {
      const owner = exportingStackId.split('/').at(1);
      return `Export with name ${name} is already exported by stack ${owner}. `;
    });
  return [...used, ...taken];
};
