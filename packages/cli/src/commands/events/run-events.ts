import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Terminal } from 'antipode-local-dsql/process';
import { loadService } from '../service/load-service.ts';
import { asyncApiOf } from './asyncapi.ts';
import { type CatalogueEntry, readCatalogue } from './catalogue.ts';
import { type CheckReport, checkEvents, type EventProblem } from './check-events.ts';
import { type EventPage, eventPages } from './event-pages.ts';
import type { EventsOptions } from './events-options.ts';
import { jsonText } from './json-text.ts';
import { fileOf, readSnapshots, snapshotOf, writeSnapshots } from './snapshots.ts';

type Printing = Pick<Terminal, 'directory' | 'print'>;

/** Everything that was found wrong, one line each. */
class ProblemsFound extends Error {
  override readonly name = 'ProblemsFound';
}

const writeFile = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

const showDocument = (
  text: string,
  { out }: EventsOptions,
  { directory, print }: Printing,
): void => {
  if (out === undefined) {
    print(text.trimEnd());
    return;
  }
  writeFile(resolve(directory, out), text);
  print(`${out} is written`);
};

const showPages = (
  pages: readonly EventPage[],
  { out }: EventsOptions,
  { directory, print }: Printing,
): void => {
  if (out === undefined) {
    for (const { text } of pages) print(text);
    return;
  }
  for (const { file, text } of pages) writeFile(join(resolve(directory, out), file), text);
  print(`${pages.length} pages are written to ${out}`);
};

const lineOf = ({ event, version, path, message, remedy }: EventProblem): string =>
  `${event} ${version}, ${path}: ${message}. Remedy: ${remedy}`;

const writeUnrecorded = (
  folder: string,
  entries: readonly CatalogueEntry[],
  { unrecorded }: CheckReport,
): void =>
  writeSnapshots(
    folder,
    entries.map(snapshotOf).filter((snapshot) => unrecorded.includes(fileOf(snapshot))),
  );

const checkedLine = (entries: readonly CatalogueEntry[]): string =>
  `${entries.length} events fit what has been published`;

const check = (
  entries: readonly CatalogueEntry[],
  options: EventsOptions,
  { directory, print }: Printing,
): void => {
  const folder = resolve(directory, options.snapshots);
  const report = checkEvents(entries, readSnapshots(folder));
  const { problems, unrecorded } = report;
  const writes = options.write && problems.length === 0;
  if (writes) writeUnrecorded(folder, entries, report);
  if (options.json) print(JSON.stringify({ ...report, written: writes ? unrecorded : [] }));
  if (problems.length > 0) throw new ProblemsFound(problems.map(lineOf).join('\n'));
  const files = unrecorded.map((file) => join(options.snapshots, file)).join(', ');
  if (options.strict && unrecorded.length > 0 && !writes) {
    throw new ProblemsFound(
      `${files}: run antipode events check --write, and commit what it writes`,
    );
  }
  if (options.json) return;
  print(checkedLine(entries));
  if (unrecorded.length > 0) {
    print(writes ? `written: ${files}` : `not recorded yet: ${files}: check --write writes them`);
  }
};

/** Rules that the documents cannot show, and that the check of changes cannot see. */
const warnOfOmitted = (entries: readonly CatalogueEntry[], { json }: EventsOptions): void => {
  if (json) return;
  for (const { type, omitted } of entries) {
    if (omitted.length === 0) continue;
    process.stderr.write(
      `antipode: event ${type}: JSON Schema has no form for ${[...new Set(omitted)].join(', ')}, so it is left out\n`,
    );
  }
};

/**
 * `antipode events`: loads the declaration of a service and does what was asked for.
 *
 * @throws {Error} with one line for each thing that is wrong.
 */
export const runEvents = async (options: EventsOptions, terminal: Printing): Promise<void> => {
  const service = await loadService(terminal.directory, options.service);
  const entries = await readCatalogue(service);
  warnOfOmitted(entries, options);
  switch (options.command) {
    case 'asyncapi':
      return showDocument(jsonText(asyncApiOf(service, entries)), options, terminal);
    case 'docs':
      return showPages(eventPages(service, entries), options, terminal);
    case 'check':
      return check(entries, options, terminal);
  }
};
