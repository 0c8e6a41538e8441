import { createDsqlOutbox } from 'antipode/dsql';
import { createOutboxInspection, type OutboxInspection } from 'antipode/internal/dsql';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { askToGoOn, type Person, requireConsent } from '../service/confirm.ts';
import { openDatabase, type ServiceDatabase, schemaOf } from '../service/database.ts';
import { type FoundService, findService, shownService } from '../service/find-service.ts';
import { createPace } from '../service/pace.ts';
import { createServicePublisher } from '../service/publisher.ts';
import { type ShowResult, showResult } from '../service/show-result.ts';
import { counted } from '../service/tables.ts';
import type { OutboxCommand, OutboxOptions } from './options.ts';
import { type RedriveRowsDeps, redriveRows } from './redrive-rows.ts';
import { boundedText, detailsOf, listLines, showLines, summaryOf } from './report.ts';
import {
  countPublished,
  noneFound,
  publishedRange,
  type RepublishReport,
  republish,
  republishWarnings,
} from './republish.ts';

type Part<Name extends OutboxCommand['name']> = Extract<OutboxCommand, { readonly name: Name }>;

/** One run of the command. */
type Run = {
  readonly options: OutboxOptions;
  readonly terminal: Terminal;
  readonly person: Person;
  readonly service: FoundService | undefined;
  readonly database: ServiceDatabase;
  readonly inspection: OutboxInspection;
  /** Prints a result: as JSON, or in lines. */
  readonly show: ShowResult;
};

const placeOf = ({ service, database }: Run): string =>
  service ? shownService(service) : `schema ${database.schema} in ${database.region}`;

/** Its times are not used by what this command does. */
const outboxOf = ({ database: { connections, schema } }: Run) =>
  createDsqlOutbox(connections, { schema, graceMs: 0, replayWindowMs: 0 });

const list = async (run: Run, { states, rowsMax }: Part<'list'>): Promise<boolean> => {
  const { inspection, database, show } = run;
  const rows = [];
  for (const state of states) {
    if (rows.length < rowsMax) {
      rows.push(...(await inspection.oldest(state, rowsMax - rows.length)));
    }
  }
  const status = await outboxOf(run).status();
  const { region, schema } = database;
  show(
    { region, schema, status, events: rows.map(summaryOf) },
    listLines(rows, status, Date.now()),
  );
  return true;
};

const showOne = async ({ inspection, show }: Run, { id }: Part<'show'>): Promise<boolean> => {
  const row = await inspection.byId(id);
  if (!row) {
    throw new Error(`${id} is not in the outbox: it was never committed, or was deleted since`);
  }
  show(detailsOf(row), showLines(row));
  return true;
};

const redriveDeps = (run: Run, rate: number): RedriveRowsDeps => ({
  ...run,
  outbox: outboxOf(run),
  rate,
});

const redriveListed = async (run: Run, ids: readonly string[], rate: number): Promise<boolean> => {
  const { options, person, show } = run;
  const found = await Promise.all(ids.map(run.inspection.byId));
  const dead = found.flatMap((row) => (row?.deadAt === undefined ? [] : [row.id]));
  const others = ids.filter((id) => !dead.includes(id));
  const left = others.map((id) =>
    found.some((row) => row?.id === id)
      ? `${id} is not dead: left as it is`
      : `${id} is no event of the outbox: it was never committed, or was deleted since`,
  );
  if (options.dryRun || dead.length === 0) {
    show({ dead, left: others, redriven: 0 }, [
      ...left,
      `${counted(dead.length, 'dead event')} to redrive`,
    ]);
    return others.length === 0;
  }
  await askToGoOn(options, person, `Redrive ${counted(dead.length, 'event')} of ${placeOf(run)}?`);
  const redriven = await redriveRows(redriveDeps(run, rate), dead);
  show({ dead, left: others, redriven }, [...left, `${counted(redriven, 'event')} redriven`]);
  return others.length === 0;
};

/** Makes all rows due again that are dead now; those that die meanwhile stay. */
const redriveDead = async (run: Run, rate: number): Promise<boolean> => {
  const { options, person, show } = run;
  const { dead } = await outboxOf(run).status();
  const count = boundedText(dead);
  if (options.dryRun || dead.count === 0) {
    show({ dead, redriven: 0 }, [`${count} dead to redrive`]);
    return true;
  }
  await askToGoOn(options, person, `Redrive all ${count} dead events of ${placeOf(run)}?`);
  const redriven = await redriveRows(redriveDeps(run, rate), 'dead');
  show({ dead, redriven }, [`${counted(redriven, 'event')} redriven`]);
  return true;
};

const republishLines = ({ found, published, failed }: RepublishReport): readonly string[] => [
  ...failed.map(({ id, reason }) => `${id} was not published: ${reason}`),
  `${published} of ${counted(found, 'event')} published again`,
];

const republishLost = async (
  run: Run,
  { origin, since: sinceMs, rate }: Part<'republish'>,
): Promise<boolean> => {
  const { options, person, terminal, service, inspection, show } = run;
  if (!service) throw new UsageError('outbox republish needs the stack of the surviving Region');
  const since = new Date(sinceMs);
  const range = await publishedRange(inspection);
  for (const line of republishWarnings({ origin, since }, service.region, range)) {
    terminal.warn(line);
  }
  const byType = await countPublished(inspection, { origin, since });
  const count = [...byType.values()].reduce((sum, one) => sum + one, 0);
  if (count === 0) {
    show({ origin, since, region: service.region, found: 0, origins: range.origins }, [
      noneFound(origin, range),
    ]);
    return false;
  }
  if (options.dryRun) {
    show(
      { origin, since, region: service.region, found: count, types: Object.fromEntries(byType) },
      [
        ...[...byType].map(([type, events]) => `${type}  ${events}`),
        `${counted(count, 'event')} of ${origin} to publish again in ${service.region}`,
      ],
    );
    return true;
  }
  const question = `Publish ${counted(count, 'event')} of ${origin} again on the bus of ${shownService(service)}?`;
  await askToGoOn(options, person, question);
  const report = await republish({
    inspection,
    publisher: await createServicePublisher(service),
    origin,
    since,
    pace: createPace(rate, terminal.interrupted),
    onProgress: (published) => {
      if (!options.json) terminal.print(`${published} of ${count} published`);
    },
  });
  show({ origin, since, region: service.region, ...report }, republishLines(report));
  return report.failed.length === 0;
};

const execute = (run: Run): Promise<boolean> => {
  const { command } = run.options;
  switch (command.name) {
    case 'list':
      return list(run, command);
    case 'show':
      return showOne(run, command);
    case 'redrive':
      return command.ids === 'dead'
        ? redriveDead(run, command.rate)
        : redriveListed(run, command.ids, command.rate);
    case 'republish':
      return republishLost(run, command);
  }
};

/** The service, unless the database alone was named. */
const serviceOf = async (options: OutboxOptions, terminal: Terminal) =>
  options.endpoint === undefined ? findService(options, terminal) : undefined;

const regionOf = (
  { region, endpoint = '' }: OutboxOptions,
  service: FoundService | undefined,
  { environment }: Terminal,
): string => {
  const found = service?.region ?? region ?? (environment['AWS_REGION'] || undefined);
  if (found !== undefined) return found;
  throw new UsageError(`no Region of ${endpoint}: give --region, or set AWS_REGION`);
};

/**
 * `antipode outbox`: reads the outbox of a service, makes dead events due again, and publishes
 * again what a lost Region has published.
 *
 * @returns whether everything that was asked for was done
 * @throws {Error} with one line for what keeps it from its work
 */
export const runOutbox = async (
  options: OutboxOptions,
  terminal: Terminal,
  person: Person,
): Promise<boolean> => {
  if (['redrive', 'republish'].includes(options.command.name)) requireConsent(options, person);
  const service = await serviceOf(options, terminal);
  const region = regionOf(options, service, terminal);
  const schema = schemaOf(options.schema, service, terminal);
  const database = await openDatabase({ ...options, region, schema }, service, terminal);
  const show = showResult(options, terminal);
  try {
    const inspection = createOutboxInspection(database.connections, { schema });
    return await execute({ options, terminal, person, service, database, inspection, show });
  } finally {
    await database.connections.close();
  }
};
