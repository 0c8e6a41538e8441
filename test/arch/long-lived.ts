import type { Finding, Rule } from './rules.ts';
import { codeOf, type SourceFile } from './tree.ts';

/** Code that runs for long: what ships, and what measures it. */
const runs = /^(?:src|infra|packages|bench)\//;

/**
 * Races and joined signals, by file: how many there are, and why each ends with all that is in it.
 *
 * A race leaves a reaction, with its result, on each of its promises until that settles. One with a
 * promise that outlives it is a leak: use `createOneTimeEvent`.
 */
const shortRaces: Readonly<Record<string, readonly [places: number, why: string]>> = {
  'src/domain/kernel/work/retry.ts': [1, 'a sleep and a promise, both made for the race'],
  'infra/peering/look-again.ts': [1, 'a call to a service and a promise made for the race'],
  'src/handlers/runtime/custom-resource/custom-resource.ts': [
    1,
    'the work of one request and its timer',
  ],
  'src/adapters/dsql/migration/migrator.ts': [1, 'signals of one run of migrations'],
  'src/adapters/eventbridge/put-events.ts': [1, 'one signature and a promise made for the race'],
  'src/adapters/opentelemetry/api-tracer.ts': [
    1,
    'one flush, which the SDK of OpenTelemetry ends after 30 s itself, and a timer',
  ],
  'src/adapters/opentelemetry/span-flush.ts': [1, 'one export and a promise made for the race'],
  'packages/local-dsql/src/command/run-dsql.ts': [1, 'signals of the process, joined once in it'],
  'packages/cli/src/commands/local/local.ts': [2, 'signals of the process, joined once in it'],
  'packages/local-dsql/src/postgres/end-pool.ts': [
    1,
    'the end of a pool, which is awaited once, and a timer',
  ],
  'packages/cli/src/local/stack/custom-resources.ts': [
    1,
    'the answer, the invocation and the timer of one request',
  ],
  'packages/cli/src/local/stack/start-stack.ts': [
    1,
    'joined once for each stack, which ends with one of them',
  ],
  'packages/local-dsql/src/process/unless-aborted.ts': [
    1,
    'a promise made for the race; callers wait once for theirs',
  ],
  'bench/ledger/cold-start.ts': [1, 'messages of a child that ends with the race'],
};

const race = /\bPromise\s*\.\s*(?:race|any)\b|\bAbortSignal\s*\.\s*any\b/g;

const racesOf = ({ path, text }: SourceFile): readonly Finding[] => {
  const found = [...codeOf(text).matchAll(race)].map(([call]) => call);
  const [allowed] = shortRaces[path] ?? [0];
  if (found.length === allowed) return [];
  const problem = `has ${found.join(', ') || 'no race'}, and may have ${allowed} of them`;
  return [{ path, problem: `${problem}: is there one with something that outlives it?` }];
};

/** Listeners that stay, because they and what they listen to end together. */
const stayingListeners: Readonly<Record<string, string>> = {
  'packages/cli/src/local/stack/start-stack.ts': 'one for each server, which ends with its stack',
};

/**
 * The name of the listener is nothing where it is written in its place: nobody can remove that one.
 */
const added = /\baddEventListener\(\s*,\s*(?:(\w+)\s*[,)])?|\baddAbortListener\b|\.onabort\b/g;

/**
 * Each listener is removed by its name in the same file; text is blank, also the name of the event.
 */
const listenersOf = ({ path, text }: SourceFile): readonly Finding[] => {
  if (stayingListeners[path] !== undefined) return [];
  const code = codeOf(text);
  const isRemoved = (name: string): boolean =>
    new RegExp(`\\bremoveEventListener\\(\\s*,\\s*${name}\\s*\\)`).test(code);
  return [...code.matchAll(added)]
    .filter(([, name]) => name === undefined || !isRemoved(name))
    .map(([call, name = call]) => ({ path, problem: `never removes the listener ${name}` }));
};

/** Node warns of an eleventh listener, which mostly is a leak; these say that many are right. */
const manyListeners: Readonly<Record<string, string>> = {
  'packages/cli/src/local/lambda/async-queue.ts': 'one for each event that waits for its retry',
  'packages/cli/src/local/lambda/environment/environment-starter.ts':
    'one for each process, until it exits',
};

const silence = /\bsetMaxListeners\(/g;

/** The files that a process begins with; what they listen to lives as long as they do. */
const mains = /^(?:bench\/|packages\/local-dsql\/src\/process\/run-command\.ts$)/;

const toProcess = /\bprocess\s*\.\s*(?:on|once|addListener|prependListener)\(/g;

const callsOf = ({ path, text }: SourceFile, call: RegExp, allowed: boolean): readonly Finding[] =>
  allowed
    ? []
    : [...codeOf(text).matchAll(call)].map(([found]) => ({
        path,
        problem: `calls ${found}: is it right for a process that runs for long?`,
      }));

/** Nothing of a call stays with something that outlives it. */
export const nothingStaysBehind: Rule = (sources) =>
  sources
    .filter(({ path }) => runs.test(path))
    .flatMap((source) => [
      ...racesOf(source),
      ...listenersOf(source),
      ...callsOf(source, silence, manyListeners[source.path] !== undefined),
      ...callsOf(source, toProcess, mains.test(source.path)),
    ]);
