import type { VerifiedOutbox } from 'antipode/internal/domain';
import { logProblem } from '../logs/log-problem.ts';
import type { NamedCluster, RegionView } from '../regions/region-view.ts';
import { readHalf } from '../verify/half.ts';

/** A function, and what its log tells of errors. */
export type FunctionStatus = {
  readonly name: string;
  /** Lines that tell of an error, among the newest. */
  readonly errors: number;
  /** Older lines were not looked through; absent where all were. */
  readonly hasMoreErrors?: boolean;
  readonly lastError?: { readonly at: string; readonly reason: string };
};

/** One part of a status, or why it could not be read. */
export type Part<T> = { readonly value: T } | { readonly problem: string };

/** The state of one half of a service. */
export type RegionStatus = {
  readonly region: string;
  readonly stack: string;
  readonly cluster: Part<{
    readonly id: string;
    readonly status: string;
    readonly witness: string | undefined;
  }>;
  /** Clusters with the same `Name` tag: a deployment that has failed leaves one behind. */
  readonly orphans: Part<readonly NamedCluster[]>;
  readonly functions: Part<readonly FunctionStatus[]>;
  readonly rules: Part<{ readonly count: number; readonly disabled: readonly string[] }>;
  readonly schedules: Part<{ readonly count: number; readonly disabled: readonly string[] }>;
  /** Queues with messages. */
  readonly queues: Part<readonly { readonly name: string; readonly messages: number }[]>;
  readonly outbox: Part<VerifiedOutbox>;
};

/** The newest lines of one function that are looked through for errors. */
const linesMax = 500;

/** Words of lines that may tell of an error: those of loggers, of Node and of the platform. */
const errorPattern = '?ERROR ?Error ?"Task timed out" ?FATAL';

const reading = async <T>(read: () => Promise<T>): Promise<Part<T>> => {
  try {
    return { value: await read() };
  } catch (error) {
    const [problem = ''] = (error as Error).message.split('\n');
    return { problem };
  }
};

const identifierOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

const clusterOf = async (view: RegionView) => {
  const id = identifierOf(view.outputs['ClusterArn'] ?? '');
  const { status, witnessRegion: witness } = await view.cluster(id);
  return { id, status, witness };
};

const orphansOf = async (view: RegionView): Promise<readonly NamedCluster[]> => {
  const all = await view.clusters();
  const own = all.find(({ arn }) => arn === view.outputs['ClusterArn']);
  return all.filter((one) => one !== own && one.name !== undefined && one.name === own?.name);
};

const functionOf = async (
  view: RegionView,
  name: string,
  since: number,
): Promise<FunctionStatus> => {
  const { lines, hasMore } = await view.lastLines(name, errorPattern, since, linesMax);
  const errors = lines.flatMap(({ at, text }) => {
    const problem = logProblem(text);
    return problem?.level === 'ERROR' ? [{ at, reason: problem.cause }] : [];
  });
  const last = errors.at(-1);
  return {
    name,
    errors: errors.length,
    ...(hasMore && { hasMoreErrors: true }),
    ...(last && { lastError: { at: new Date(last.at).toISOString(), reason: last.reason } }),
  };
};

const disabledOf = async (
  names: readonly string[],
  isEnabled: (name: string) => Promise<boolean>,
) => {
  const states = await Promise.all(names.map(isEnabled));
  return { count: names.length, disabled: names.filter((_, index) => !states[index]) };
};

const queuesOf = async (view: RegionView) => {
  const urls = view.ids('AWS::SQS::Queue');
  const found = await Promise.all(
    urls.map(async (url) => {
      const { messages } = await view.queue(url);
      return { name: url.slice(url.lastIndexOf('/') + 1), messages };
    }),
  );
  return found.filter(({ messages }) => messages > 0);
};

const outboxOf = async (view: RegionView): Promise<VerifiedOutbox> => {
  const { relay } = await readHalf(view);
  if (!relay) throw new Error(`${view.stack} has no relay`);
  return (await view.ask(relay.name, { name: 'outbox' })) as VerifiedOutbox;
};

/**
 * Reads the state of one half. A part that cannot be read does not keep the others from it.
 *
 * @param since errors from then on, milliseconds since the epoch
 */
export const readRegionStatus = async (view: RegionView, since: number): Promise<RegionStatus> => {
  const { region, stack, ids } = view;
  const functions = async (): Promise<readonly FunctionStatus[]> => {
    const found: FunctionStatus[] = [];
    // One after the other: CloudWatch takes a few of these requests a second.
    for (const name of ids('AWS::Lambda::Function')) {
      found.push(await functionOf(view, name, since));
    }
    return found;
  };
  const isScheduleEnabled = async (name: string) => (await view.schedule(name)).isEnabled;
  const isRuleEnabled = async (id: string) => (await view.rule(id)).isEnabled;
  const [cluster, orphans, functionParts, rules, schedules, queues, outbox] = await Promise.all([
    reading(() => clusterOf(view)),
    reading(() => orphansOf(view)),
    reading(functions),
    reading(() => disabledOf(ids('AWS::Events::Rule'), isRuleEnabled)),
    reading(() => disabledOf(ids('AWS::Scheduler::Schedule'), isScheduleEnabled)),
    reading(() => queuesOf(view)),
    reading(() => outboxOf(view)),
  ]);
  const parts = { cluster, orphans, functions: functionParts, rules, schedules, queues, outbox };
  return { region, stack, ...parts };
};
