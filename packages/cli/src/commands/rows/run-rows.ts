import { frameworkTables } from 'antipode/internal/dsql';
import type { Terminal } from 'antipode-local-dsql/process';
import { askToGoOn, type Person, requireConsent } from '../service/confirm.ts';
import { openDatabase, schemaOf } from '../service/database.ts';
import { type FoundService, findService, shownService } from '../service/find-service.ts';
import { answerMsMax, loadDsql, patienceOf } from '../service/sdk.ts';
import { showResult } from '../service/show-result.ts';
import { counted } from '../service/tables.ts';
import { type CompareDeps, compareRows, type RowsReport } from './compare-rows.ts';
import type { RowsOptions } from './options.ts';
import { readShape, refuseOtherShape } from './table-shape.ts';

/** Tables whose rows have an effect when they come back, or belong to the migrations. */
const refused: ReadonlySet<string> = new Set([
  ...frameworkTables,
  ...['migration', 'migration_lock', 'migration_statement'],
]);

/**
 * The endpoint of the restored cluster.
 *
 * @throws {Error} with one line for a cluster that cannot be read
 */
const endpointOf = async (service: FoundService, identifier: string): Promise<string> => {
  const { DSQLClient, GetClusterCommand } = await loadDsql();
  const client = new DSQLClient({ ...service.settings, requestHandler: patienceOf(answerMsMax) });
  try {
    const cluster = await client.send(new GetClusterCommand({ identifier }));
    const { endpoint } = cluster as { readonly endpoint?: string };
    return endpoint ?? `${identifier}.dsql.${service.region}.on.aws`;
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split('\n');
    throw new Error(`cannot read the cluster ${identifier} in ${service.region}: ${reason}`, {
      cause,
    });
  } finally {
    client.destroy();
  }
};

const shownKey = (key: readonly (string | null)[]): string => `(${key.join(', ')})`;

const more = (count: number, shown: number): readonly string[] =>
  count > shown ? [`  and ${count - shown} more: see --max`] : [];

const reportLines = (report: RowsReport, isRestore: boolean): readonly string[] => {
  const { compared, missing, changed, written, missingKeys, changedRows } = report;
  return [
    `${counted(compared, 'row')} compared`,
    `${missing} missing`,
    ...missingKeys.map((key) => `  ${shownKey(key)}`),
    ...more(missing, missingKeys.length),
    `${changed} changed since, and left as they are`,
    ...changedRows.map(({ key, columns }) => {
      const values = Object.entries(columns).map(
        ([name, { was, is }]) => `${name} was ${was ?? 'NULL'}, is ${is ?? 'NULL'}`,
      );
      return `  ${shownKey(key)}: ${values.join('; ')}`;
    }),
    ...more(changed, changedRows.length),
    ...(isRestore ? [`${counted(written, 'row')} written`] : []),
  ];
};

const execute = async (
  options: RowsOptions,
  terminal: Terminal,
  person: Person,
  compare: (writes: boolean) => Promise<RowsReport>,
  place: string,
): Promise<boolean> => {
  const { command, dryRun } = options;
  const show = showResult(options, terminal);
  const before = await compare(false);
  const isRestore = command === 'restore' && !dryRun;
  if (!isRestore || before.missing === 0) {
    show(before, reportLines(before, isRestore));
    return true;
  }
  for (const line of reportLines(before, false)) {
    if (!options.json) terminal.print(line);
  }
  await askToGoOn(options, person, `Write ${counted(before.missing, 'row')} into ${place}?`);
  const { missing, written } = await compare(true);
  const refusedCount = missing - written;
  show({ ...before, missing, written }, [
    `${counted(written, 'row')} written`,
    ...(refusedCount > 0
      ? [`${refusedCount} not written: another row has one of their unique values`]
      : []),
  ]);
  return refusedCount === 0;
};

/**
 * `antipode rows`: compares the rows of a restored cluster with those of a service's, and writes
 * the missing ones back.
 *
 * @returns whether everything that was asked for was done
 * @throws {Error} with one line for what keeps it from its work
 */
export const runRows = async (
  options: RowsOptions,
  terminal: Terminal,
  person: Person,
): Promise<boolean> => {
  const { command, table, from, where, shownMax } = options;
  if (command === 'restore') requireConsent(options, person);
  const service = await findService(options, terminal);
  const schema = schemaOf(options.schema, service, terminal);
  if (refused.has(table)) {
    throw new Error(`${table} is a table of the framework: its rows stay as they are`);
  }
  if (service.outputs['ClusterArn']?.endsWith(`/${from}`)) {
    throw new Error(`--from ${from} is the cluster of the service: give the restored one`);
  }
  const { region } = service;
  const choice = { ...options, region, schema };
  const endpoint = await endpointOf(service, from);
  const restored = await openDatabase({ ...choice, endpoint }, service, terminal);
  const own = await openDatabase(choice, service, terminal);
  try {
    const shape = await readShape(own, schema, table);
    refuseOtherShape(await readShape(restored, schema, table), shape);
    const { interrupted } = terminal;
    const deps: Omit<CompareDeps, 'writes'> = {
      ...{ from: restored, to: own, shape, where, shownMax, interrupted },
    };
    const place = `${schema}.${table} of ${shownService(service)}`;
    const compare = (writes: boolean) => compareRows({ ...deps, writes });
    return await execute(options, terminal, person, compare, place);
  } finally {
    await Promise.all([restored.connections.close(), own.connections.close()]);
  }
};
