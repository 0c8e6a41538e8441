import type { DeclaredService, EventDeclaration, EventScope } from 'antipode/domain';
import { type DataSchema, dataSchemaOf } from './data-schema.ts';

/** The part of a service that its documents describe. */
export type DeclaredEvents = Pick<DeclaredService, 'name' | 'source' | 'events' | 'consumers'>;

/** A consumer of an event, by its name in the inbox. */
export type EventReader = { readonly name: string; readonly ofOtherRegion: boolean };

/** One event of a service, as its documents and the check of changes read it. */
export type CatalogueEntry = DataSchema & {
  readonly type: string;
  readonly version: number;
  readonly oldestVersion: number;
  readonly scope: EventScope;
  readonly description?: string;
  readonly readers: readonly EventReader[];
};

const byName = (
  [one]: readonly [string, ...unknown[]],
  [other]: readonly [string, ...unknown[]],
) => (one < other ? -1 : 1);

const readersOf = ({ consumers }: DeclaredEvents, type: string): readonly EventReader[] =>
  Object.entries(consumers)
    .filter(([, { on }]) => on.includes(type))
    .toSorted(byName)
    .map(([name, { of }]) => ({ name, ofOtherRegion: of === 'other-region' }));

const entryOf = async (
  service: DeclaredEvents,
  type: string,
  declaration: EventDeclaration,
): Promise<CatalogueEntry> => {
  const { version, oldestVersion = 1, scope = 'origin-region', description } = declaration;
  return {
    type,
    version,
    oldestVersion,
    scope,
    ...(description === undefined ? {} : { description }),
    readers: readersOf(service, type),
    ...(await dataSchemaOf(type, declaration)),
  };
};

/**
 * The events of a service in the order of their names, so that documents do not change with the
 * order of the declaration.
 *
 * @throws {Error} that names an event whose schema has no form in JSON Schema, and the fix.
 */
export const readCatalogue = (service: DeclaredEvents): Promise<readonly CatalogueEntry[]> =>
  Promise.all(
    Object.entries(service.events)
      .toSorted(byName)
      .map(([type, declaration]) => entryOf(service, type, declaration)),
  );
