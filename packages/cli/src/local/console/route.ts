import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import { asset, consoleHeaders } from './assets.ts';
import { entryStream } from './entry-stream.ts';
import { eventPathOf } from './event-path.ts';
import type { Done, StackView } from './page/entry.ts';
import type { Recorder } from './recorder.ts';
import { injectFaults, type Switches, switchLink, switchRegion } from './switches.ts';
import { deadLettersOf, redrive, sendAgain, type WorkRegion } from './work-again.ts';

/** The path of the page on the port of each Region. */
export const consolePath = '/_antipode/console/';

export type ConsoleDeps = {
  readonly recorder: Recorder;
  readonly view: () => Omit<StackView, 'run'>;
  readonly regions: readonly WorkRegion[];
  readonly switches: Switches;
  /** The last lines of a function. */
  readonly linesOf: (region: string, functionName: string) => readonly { readonly text: string }[];
};

const json = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: consoleHeaders,
  body: JSON.stringify(body),
});

const notFound = (message: string): HttpResponse => json(404, { message });

/** Lines of one request that are given: a function may log without an end. */
const linesMax = 500;

/** The last lines of a function about one request. */
const logOf = (linesOf: ConsoleDeps['linesOf'], query: URLSearchParams): readonly string[] => {
  const asked = (name: string): string => query.get(name) ?? '';
  const request = asked('request');
  if (request === '') return [];
  return linesOf(asked('region'), asked('function'))
    .map(({ text }) => text)
    .filter((text) => text.includes(request))
    .slice(-linesMax);
};

const apiRoute = (
  { recorder, view, regions, switches, linesOf }: ConsoleDeps,
  name: string,
  { query, headers }: HttpRequest,
): HttpResponse => {
  if (name === 'stack') return json(200, { run: recorder.run, ...view() });
  if (name === 'faults') return json(200, { text: switches.text() });
  if (name === 'log') return json(200, logOf(linesOf, query));
  if (name === 'dead-letters') return json(200, deadLettersOf(regions));
  if (name === 'path') {
    const id = query.get('id') ?? '';
    return id === ''
      ? json(400, { message: 'Give ?id=' })
      : json(200, eventPathOf(recorder, id, view()));
  }
  if (name === 'entries') {
    const entry = recorder.get(Number(query.get('seq')));
    return entry ? json(200, entry) : notFound('This entry is no longer kept.');
  }
  if (name === 'stream') {
    return {
      status: 200,
      headers: { ...consoleHeaders, 'content-type': 'text/event-stream' },
      // A page that opens the stream anew cannot set the header.
      stream: entryStream(recorder, headers['last-event-id'] ?? query.get('after') ?? undefined),
    };
  }
  return notFound(`The console has no ${name}.`);
};

/** Work that a page asks for, each with the members of its JSON body. */
const works: Readonly<
  Record<string, (deps: ConsoleDeps, asked: Readonly<Record<string, unknown>>) => Promise<Done>>
> = {
  redrive: ({ regions }, asked) => redrive(regions, asked),
  send: ({ regions }, asked) => sendAgain(regions, asked),
  faults: ({ switches }, asked) => injectFaults(switches, asked),
  region: ({ switches }, asked) => switchRegion(switches, asked),
  link: ({ switches }, asked) => switchLink(switches, asked),
};

const parsed = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/**
 * Does work for the page. The guard of the port has refused pages of other origins, which tell
 * theirs. A request that tells none may be a form of any site in an old browser.
 */
const post = async (
  deps: ConsoleDeps,
  name: string,
  { headers, body }: HttpRequest,
): Promise<HttpResponse> => {
  const work = Object.hasOwn(works, name) ? works[name] : undefined;
  if (!work) return json(405, { message: 'The console is read by GET.' });
  if (headers['origin'] === undefined || headers['content-type'] !== 'application/json') {
    return json(403, { message: 'Ask for it on the page of the console.' });
  }
  const asked = parsed(body.toString('utf8'));
  return asked ? json(200, await work(deps, asked)) : json(400, { message: 'Send JSON.' });
};

/**
 * Serves the console of a stack: its page, and the data that the page reads.
 *
 * The guard of the port has refused requests of other hosts and of pages of other origins.
 */
export const consoleRoute =
  (deps: ConsoleDeps): Route =>
  (request) => {
    const { method, path } = request;
    if (`${path}/` === consolePath) return { status: 308, headers: { location: consolePath } };
    if (!path.startsWith(consolePath)) return undefined;
    const name = path.slice(consolePath.length);
    if (method !== 'GET') return post(deps, name.replace('api/', ''), request);
    if (name.startsWith('api/')) return apiRoute(deps, name.slice('api/'.length), request);
    return asset(name) ?? notFound(`The console has no ${name}.`);
  };
