import type { RegionView } from '../regions/region-view.ts';
import { type Check, type CheckResult, runCheck } from './check.ts';
import { clusterChecks } from './cluster-checks.ts';
import { probeChecks, writeChecks } from './crossing-checks.ts';
import { outboxChecks, tryStatements } from './database-checks.ts';
import { functionChecks } from './function-checks.ts';
import { type Half, readHalf } from './half.ts';
import { relayChecks } from './relay-checks.ts';
import { resourceChecks } from './resource-checks.ts';

/** One Region's half, or why it was not found. */
export type ViewedHalf = {
  readonly region: string;
  readonly view?: RegionView;
  readonly error?: Error;
};

export type VerifyChoice = {
  readonly readOnly: boolean;
  readonly lagMsMax: number;
  /** A probe that has not come by then is reported. Milliseconds. */
  readonly probeWaitMsMax: number;
};

/** Runs checks at once, and reports each in the order of the list. */
const createRun = (halves: readonly ViewedHalf[], report: (result: CheckResult) => void) => {
  const viewOf = (region: string) => halves.find((one) => one.region === region)?.view;
  return async (checks: readonly Check[]): Promise<void> => {
    const results = checks.map((one) => runCheck(one, viewOf(one.region)));
    for (const result of results) report(await result);
  };
};

const stackCheck = ({ region, view, error }: ViewedHalf): Check => ({
  region,
  name: 'stack',
  run: async () => {
    if (view) return view.stack;
    throw error ?? new Error('there is no stack');
  },
});

/** Has the relay of each Region try the statements; where it does not answer, that is a result. */
const statementsOf = async (
  { view, ...half }: Half,
  report: (result: CheckResult) => void,
): Promise<void> => {
  let results: readonly CheckResult[] = [];
  const run = async (): Promise<string> => {
    results = await tryStatements({ ...half, view });
    return `${results.length} kinds tried`;
  };
  const result = await runCheck({ region: view.region, name: 'statements', run }, view);
  for (const one of result.ok ? results : [result]) report(one);
};

/** Reads what most checks are about, in each Region that lets itself be read. */
const readHalves = async (
  halves: readonly ViewedHalf[],
  run: (checks: readonly Check[]) => Promise<void>,
): Promise<readonly Half[]> => {
  const found: Half[] = [];
  const checks = halves.flatMap(({ region, view }) => {
    if (!view) return [];
    const read = async (): Promise<string> => {
      const half = await readHalf(view);
      found.push(half);
      return `${half.functions.length} with a database`;
    };
    return [{ region, name: 'functions', run: read }];
  });
  await run(checks);
  return found.toSorted((one, other) => order(halves, one.view) - order(halves, other.view));
};

const order = (halves: readonly ViewedHalf[], view: RegionView): number =>
  halves.findIndex((one) => one.view === view);

const verifyEvents = async (
  halves: readonly Half[],
  { lagMsMax, probeWaitMsMax: waitMsMax }: VerifyChoice,
  run: (checks: readonly Check[]) => Promise<void>,
): Promise<void> => {
  const [half] = halves;
  if (!half) return;
  let checks: readonly Check[] = [];
  const publish = async (): Promise<string> => {
    checks = await probeChecks(halves, { waitMsMax, lagMsMax });
    return `${checks.length} on their way`;
  };
  await run([{ region: half.view.region, name: 'events to consumers', run: publish }]);
  await run(checks);
};

/**
 * Verifies both halves of a service, one part after the other. A relay with `RESERVE_CONCURRENCY`
 * runs one at a time, so it is asked one question at a time.
 *
 * @param report receives each result as soon as it is known
 * @returns whether all is well
 */
export const verify = async (
  halves: readonly ViewedHalf[],
  choice: VerifyChoice,
  report: (result: CheckResult) => void,
): Promise<boolean> => {
  let ok = true;
  const note = (result: CheckResult): void => {
    ok &&= result.ok;
    report(result);
  };
  const startedAt = Date.now();
  const run = createRun(halves, note);
  const views = halves.flatMap(({ view }) => view ?? []);
  await run(halves.map(stackCheck));
  if (halves.length === 1) note(oneHalf(halves));
  await run(clusterChecks(views));
  const found = await readHalves(halves, run);
  await run(found.flatMap(functionChecks));
  for (const half of found) await statementsOf(half, note);
  await run(outboxChecks(found));
  if (!choice.readOnly) {
    await run(writeChecks(found).slice(0, 1));
    await run(writeChecks(found).slice(1));
    await verifyEvents(found, choice, run);
  }
  await run(views.flatMap(resourceChecks));
  await run(relayChecks(found, startedAt));
  return ok;
};

const oneHalf = ([half]: readonly ViewedHalf[]): CheckResult => ({
  region: half?.region ?? '',
  name: 'other Region',
  ok: false,
  ms: 0,
  detail: 'no output of the stack names the stack in the other Region',
  remedy: 'give --peer-stack and --peer-region, or: npx cdk deploy --all',
});
