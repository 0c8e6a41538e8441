import { join } from 'node:path';
import {
  createOutboxInspection,
  createTraceInspection,
  type OutboxInspection,
  type OutboxRow,
} from 'antipode/internal/dsql';
import type { Terminal } from 'antipode-local-dsql/process';
import { logsFolder, stacksOf } from '../runs/running-stacks.ts';
import { readStackAccess } from '../runs/stack-access.ts';
import { openDatabase, schemaOf } from '../service/database.ts';
import { type FoundService, findService, resourceIds } from '../service/find-service.ts';
import { isEventId } from '../service/options.ts';
import { showResult } from '../service/show-result.ts';
import { eventsMax, findEntries, type LogEntry, loggedEvents } from './log-entries.ts';
import { cloudWatchLogs, type LogSource, localLogs } from './log-source.ts';
import type { TraceOptions } from './options.ts';
import { traceLines } from './report.ts';
import { buildTrace, envelopeOf, type TraceTables } from './trace.ts';

/** Rows of the outbox that are looked through for events which no line of a log names. */
const waitingRowsMax = 500;

/** The logs of both Regions, and a line for each that cannot be read. */
const sourcesOf = async (service: FoundService, options: TraceOptions, terminal: Terminal) => {
  const { access, settings } = service;
  const { since, peer } = options;
  if (access) {
    // One that starts up has no access yet.
    const stack = stacksOf(terminal.directory).running.find(
      ({ folder }) => readStackAccess(folder) !== undefined,
    );
    const folder = join(stack?.folder ?? '', logsFolder);
    // The clock of a local stack may be ahead, so that all of its files are read.
    return { sources: access.regions.map(({ region }) => localLogs(folder, region, 0)), notes: [] };
  }
  const functionsOf = (found: FoundService) => resourceIds(found, 'AWS::Lambda::Function');
  const own: LogSource = cloudWatchLogs(settings, functionsOf(service), since);
  if (!peer) {
    const note = 'the logs of the other Region were not read: give --peer-stack and --peer-region';
    return { sources: [own], notes: [note] };
  }
  const other = await findService({ ...peer, local: false }, terminal);
  const theirs = cloudWatchLogs(other.settings, functionsOf(other), since);
  return { sources: [own, theirs], notes: [] };
};

const correlationOf = (row: OutboxRow): readonly string[] => {
  const { correlationid } = envelopeOf(row);
  return typeof correlationid === 'string' ? [correlationid] : [];
};

/** The row of the event that the id may be, and all rows that wait or are dead. */
const firstRows = async (
  inspection: OutboxInspection,
  id: string,
): Promise<readonly OutboxRow[]> => {
  const [own, dead, pending] = await Promise.all([
    isEventId(id) ? inspection.byId(id.toLowerCase()) : undefined,
    inspection.oldest('dead', waitingRowsMax),
    inspection.oldest('pending', waitingRowsMax),
  ]);
  return [...(own ? [own] : []), ...dead, ...pending];
};

/**
 * `antipode trace`: prints what one request has caused, from the logs and the tables of both
 * Regions. It changes nothing.
 *
 * @returns whether anything was found
 * @throws {Error} with one line for what keeps it from its work
 */
export const runTrace = async (options: TraceOptions, terminal: Terminal): Promise<boolean> => {
  const { id } = options;
  const service = await findService(options, terminal);
  const schema = schemaOf(options.schema, service, terminal);
  const { sources, notes } = await sourcesOf(service, options, terminal);
  const database = await openDatabase(
    { ...options, region: service.region, schema },
    service,
    terminal,
  );
  try {
    const inspection = createOutboxInspection(database.connections, { schema });
    const records = createTraceInspection(database.connections, { schema });
    const early = await firstRows(inspection, id);
    const known = early
      .filter((row) => row.id === id.toLowerCase() || correlationOf(row).includes(id))
      .flatMap(correlationOf);
    const found = await findEntries(sources, id, known);
    const logged = loggedEvents(found.entries);
    const rows = [...early];
    for (const eventId of logged.ids) {
      if (rows.some((row) => row.id === eventId)) continue;
      const row = await inspection.byId(eventId);
      if (row) rows.push(row);
    }
    const correlations = new Set([
      ...found.entries.flatMap(({ correlationId }) => correlationId ?? []),
      ...known,
    ]);
    const ids = rows
      .filter((row) => correlationOf(row).some((one) => correlations.has(one)))
      .map((row) => row.id);
    const handled = await records.handled(
      [...new Set([...ids, ...logged.ids])].slice(0, eventsMax),
    );
    const tables: TraceTables = { rows, handled };
    const regions = sources.map(({ region }) => region);
    const traces = [...correlations].map((correlation) =>
      buildTrace(
        correlation,
        found.entries.filter((entry) => isOf(entry, correlation, found.entries)),
        tables,
        regions,
      ),
    );
    const isRecorded = traces.length === 0 && (await records.isCommitted(id));
    const all = [
      ...notes,
      ...found.notes,
      ...logged.notes,
      ...(traces.length > 0 ? [] : [noneFound(id, isRecorded)]),
    ];
    showResult(options, terminal)({ id, regions, traces, notes: all }, [
      ...traces.flatMap(traceLines),
      ...all.map((line) => `! ${line}`),
    ]);
    return traces.length > 0;
  } finally {
    await database.connections.close();
  }
};

/** Lines of the platform have no correlation id: they belong to the request of their invocation. */
const isOf = (entry: LogEntry, correlation: string, all: readonly LogEntry[]): boolean =>
  entry.correlationId === correlation ||
  (entry.correlationId === undefined &&
    all.some(
      ({ correlationId, requestId }) =>
        correlationId === correlation && requestId === entry.requestId,
    ));

const noneFound = (id: string, isRecorded: boolean): string =>
  isRecorded
    ? `a command with the key ${id} has committed, and no line of the logs that were read tells of it: try an earlier --since`
    : `nothing is known of ${id}: try an earlier --since`;
