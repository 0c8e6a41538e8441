import { setTimeout as delay } from 'node:timers/promises';
import type {
  DescribeReplayResponse,
  EventBridgeClient,
  ListReplaysResponse,
} from '@aws-sdk/client-eventbridge';
import type { Terminal } from 'antipode-local-dsql/process';
import { askToGoOn, type Person, requireConsent } from '../service/confirm.ts';
import {
  type FoundService,
  findService,
  resourceIds,
  shownService,
} from '../service/find-service.ts';
import { loadEventBridge } from '../service/sdk.ts';
import { busNameOf, type ServiceArchive, serviceArchive } from '../service/service-bus.ts';
import { type ShowResult, showResult } from '../service/show-result.ts';
import { counted, isoTime, tableLines } from '../service/tables.ts';
import type { ReplayCommand, ReplayOptions } from './options.ts';
import { chosenRules, type ReplayedRule, rulesOn } from './replayed-rules.ts';

type Start = Extract<ReplayCommand, { readonly name: 'start' }>;

type EventBridgeModule = Awaited<ReturnType<typeof loadEventBridge>>;

/** One run of the command. */
type Run = {
  readonly options: ReplayOptions;
  readonly terminal: Terminal;
  readonly person: Person;
  readonly service: FoundService;
  readonly sdk: EventBridgeModule;
  readonly client: EventBridgeClient;
  readonly archive: ServiceArchive;
  readonly show: ShowResult;
};

/** Between two looks at a replay, in milliseconds; a replay in AWS takes minutes. */
const lookMs = { local: 200, aws: 5_000 } as const;

const endStates = ['COMPLETED', 'CANCELLED', 'FAILED'];

/** EventBridge needs about so long to have an event in the archive. Milliseconds. */
const archivedMsMax = 600_000;

const excludes = (pattern: string | undefined): boolean => {
  const { 'replay-name': replayName } = JSON.parse(pattern ?? '{}') as Readonly<
    Record<string, unknown>
  >;
  return JSON.stringify(replayName) === '[{"exists":false}]';
};

/** The rules of the service on the bus of its archive. */
const rulesOf = async ({
  service,
  sdk,
  client,
  archive,
}: Run): Promise<readonly ReplayedRule[]> => {
  const found = [];
  const ids = resourceIds(service, 'AWS::Events::Rule');
  for (const { bus, name } of rulesOn(busNameOf(archive.busArn), ids)) {
    const command = new sdk.DescribeRuleCommand({ Name: name, EventBusName: bus });
    const { Arn: arn = '', EventPattern } = await client.send(command);
    found.push({ name, arn, excludesReplays: excludes(EventPattern) });
  }
  return found;
};

const describe = ({ sdk, client }: Run, ReplayName: string) =>
  client.send(new sdk.DescribeReplayCommand({ ReplayName }));

/** Waits for the end of a replay; when the person ends the command, the replay goes on. */
const untilEnd = async (run: Run, name: string): Promise<DescribeReplayResponse> => {
  const { terminal, service, options } = run;
  const ms = service.access ? lookMs.local : lookMs.aws;
  let shown = '';
  for (;;) {
    const replay = await describe(run, name);
    if (endStates.includes(replay.State ?? '')) return replay;
    const line = `${replay.State} ${replay.EventLastReplayedTime?.toISOString() ?? ''}`.trim();
    if (line !== shown && !options.json) terminal.print(line);
    shown = line;
    await delay(ms, undefined, { signal: terminal.interrupted }).catch(() => undefined);
    if (terminal.interrupted.aborted) {
      terminal.warn(`the replay goes on: antipode events replay --cancel ${name} ends it`);
      terminal.interrupted.throwIfAborted();
    }
  }
};

const start = async (run: Run, command: Start): Promise<boolean> => {
  const { options, person, terminal, service, sdk, client, archive, show } = run;
  const rules = chosenRules(await rulesOf(run), command.rules);
  const names = rules.map(({ name }) => name);
  const [since, until] = [isoTime(command.since), isoTime(command.until)];
  const about = { stack: service.stack, region: service.region, since, until, rules: names };
  if (options.dryRun) {
    show(about, [`events from ${since} until ${until} to ${names.join(', ')}`]);
    return true;
  }
  if (!service.access && Date.now() - command.until < archivedMsMax) {
    terminal.warn('events of the last ten minutes may not be in the archive yet');
  }
  const question = `Replay the events of ${shownService(service)} from ${since} until ${until} to ${counted(rules.length, 'rule')}?`;
  await askToGoOn(options, person, question);
  const name = `antipode-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await client.send(
    new sdk.StartReplayCommand({
      ReplayName: name,
      EventSourceArn: archive.arn,
      EventStartTime: new Date(command.since),
      EventEndTime: new Date(command.until),
      Destination: { Arn: archive.busArn, FilterArns: rules.map(({ arn }) => arn) },
    }),
  );
  const replay = command.waits ? await untilEnd(run, name) : await describe(run, name);
  const { State: state = '', StateReason: reason } = replay;
  show({ ...about, replay: name, state, reason }, [
    `${name} ${state}${reason === undefined ? '' : `: ${reason}`}`,
  ]);
  return !command.waits || state === 'COMPLETED';
};

const cancel = async (run: Run, name: string): Promise<boolean> => {
  const { options, person, service, sdk, client, show } = run;
  const { State: state } = await describe(run, name);
  if (options.dryRun) {
    show({ replay: name, state }, [`${name} ${state}`]);
    return true;
  }
  await askToGoOn(options, person, `Cancel ${name} of ${shownService(service)}?`);
  const command = new sdk.CancelReplayCommand({ ReplayName: name });
  const cancelled = await client.send(command);
  show({ replay: name, state: cancelled.State }, [`${name} ${cancelled.State}`]);
  return true;
};

const list = async ({ sdk, client, archive, service, show }: Run): Promise<boolean> => {
  const found = [];
  let NextToken: string | undefined;
  do {
    const answer: ListReplaysResponse = await client.send(
      new sdk.ListReplaysCommand({ EventSourceArn: archive.arn, NextToken }),
    );
    found.push(...(answer.Replays ?? []));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  const replays = found.map((one) => ({
    replay: one.ReplayName ?? '',
    state: one.State ?? '',
    since: one.EventStartTime?.toISOString() ?? '',
    until: one.EventEndTime?.toISOString() ?? '',
  }));
  const { stack, region } = service;
  show({ stack, region, replays }, [
    ...tableLines(replays.map((one) => [one.replay, one.state, one.since, one.until])),
    counted(replays.length, 'replay'),
  ]);
  return true;
};

const execute = (run: Run): Promise<boolean> => {
  const { command } = run.options;
  switch (command.name) {
    case 'start':
      return start(run, command);
    case 'cancel':
      return cancel(run, command.replay);
    case 'list':
      return list(run);
  }
};

/** The archive of a service, and its bus. */
const archiveOf = async (
  service: FoundService,
  sdk: EventBridgeModule,
  client: EventBridgeClient,
): Promise<Run['archive']> => {
  const archives = [];
  for (const ArchiveName of resourceIds(service, 'AWS::Events::Archive')) {
    const { ArchiveArn: arn = '', EventSourceArn: busArn = '' } = await client.send(
      new sdk.DescribeArchiveCommand({ ArchiveName }),
    );
    archives.push({ arn, busArn });
  }
  return serviceArchive(service, archives);
};

/**
 * `antipode events replay`: has EventBridge send what the archive of a service has kept again.
 *
 * @returns whether everything that was asked for was done
 * @throws {Error} with one line for what keeps it from its work
 */
export const runReplay = async (
  options: ReplayOptions,
  terminal: Terminal,
  person: Person,
): Promise<boolean> => {
  if (options.command.name !== 'list') requireConsent(options, person);
  const service = await findService(options, terminal);
  const sdk = await loadEventBridge();
  const client = new sdk.EventBridgeClient(service.settings);
  try {
    const archive = await archiveOf(service, sdk, client);
    const show = showResult(options, terminal);
    return await execute({ options, terminal, person, service, sdk, client, archive, show });
  } finally {
    client.destroy();
  }
};
