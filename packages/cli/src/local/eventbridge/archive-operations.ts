import * as v from 'valibot';
import {
  AwsError,
  integer,
  type MissingParameter,
  type Operation,
  operation,
  timestamp,
} from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import type { Archive } from './archive.ts';
import { sourceBusOf } from './archive.ts';
import type { EventBridge } from './bus.ts';
import type { Replay } from './replays.ts';

/** ListArchives and ListReplays, API reference. */
const listMax = 100;

const listed = {
  NamePrefix: v.optional(v.string(), ''),
  EventSourceArn: v.optional(v.string()),
  State: v.optional(v.string()),
  Limit: v.optional(integer, listMax),
  NextToken: v.optional(v.string()),
};

const startReplaySchema = v.strictObject({
  ReplayName: v.string(),
  Description: v.optional(v.string()),
  EventSourceArn: v.string(),
  /** Seconds since the epoch. */
  EventStartTime: timestamp,
  EventEndTime: timestamp,
  Destination: v.strictObject({
    Arn: v.string(),
    FilterArns: v.optional(v.array(v.string())),
  }),
});

const replayNamePattern = /^[.\-_A-Za-z0-9]{1,64}$/;

const invalid = (message: string): AwsError =>
  new AwsError(message, { code: 'ValidationException' });

const archiveNamed = (bridge: EventBridge, name: string): Archive => {
  const found = bridge.archives.find(({ definition }) => definition.name === name);
  if (found) return found;
  throw new AwsError(`Archive ${name} does not exist.`, { code: 'ResourceNotFoundException' });
};

const secondsOf = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms / 1_000;

const archiveSummary = (archive: Archive) => {
  const { name, sourceArn, retentionDays } = archive.definition;
  return {
    ArchiveName: name,
    EventSourceArn: sourceArn,
    State: 'ENABLED',
    RetentionDays: retentionDays,
    EventCount: archive.events().length,
    SizeBytes: archive.bytes(),
  };
};

const replaySummary = (replay: Replay) => ({
  ReplayName: replay.name,
  EventSourceArn: replay.archive.definition.arn,
  State: replay.state,
  EventStartTime: secondsOf(replay.from),
  EventEndTime: secondsOf(replay.to),
  EventLastReplayedTime: secondsOf(replay.lastReplayed),
  ReplayStartTime: secondsOf(replay.startedAt),
  ReplayEndTime: secondsOf(replay.endedAt),
});

const describeReplay = (replay: Replay) => ({
  ...replaySummary(replay),
  ReplayArn: replay.arn,
  Description: replay.description,
  Destination: { Arn: replay.destinationArn, FilterArns: replay.ruleArns },
});

const pageOrRefuse = <Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { Limit, NextToken }: { readonly Limit: number; readonly NextToken?: string | undefined },
) => {
  const itemsMax = Math.min(Math.max(1, Limit), listMax);
  const page = pageOf(items, nameOf, { itemsMax, token: NextToken });
  if (page) return page;
  throw invalid('Parameter NextToken is not valid. Reason: No list gave it.');
};

const startReplay = (bridge: EventBridge, input: v.InferOutput<typeof startReplaySchema>) => {
  const { ReplayName: name, EventSourceArn, Destination, EventStartTime, EventEndTime } = input;
  if (!replayNamePattern.test(name)) {
    throw invalid(`Parameter ReplayName is not valid. Reason: ${name} is no name of a replay.`);
  }
  const archive = bridge.archives.find(({ definition }) => definition.arn === EventSourceArn);
  if (!archive) {
    throw new AwsError(`Archive ${EventSourceArn} does not exist.`, {
      code: 'ResourceNotFoundException',
    });
  }
  if (Destination.Arn !== archive.definition.sourceArn) {
    throw invalid(
      'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    );
  }
  if (EventStartTime >= EventEndTime) {
    throw invalid(
      'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    );
  }
  const busName = sourceBusOf(archive.definition);
  const own = bridge.rules.filter((rule) => rule.busName === busName).map(({ arn }) => arn);
  const stray = Destination.FilterArns?.find((arn) => !own.includes(arn));
  if (stray !== undefined) {
    throw invalid(
      `Parameter Destination.FilterArns is not valid. Reason: Rule ${stray} is not on the event bus.`,
    );
  }
  const replay = bridge.replays.start({
    name,
    archive,
    description: input.Description,
    ruleArns: Destination.FilterArns,
    destinationArn: Destination.Arn,
    from: EventStartTime * 1_000,
    to: EventEndTime * 1_000,
  });
  return {
    ReplayArn: replay.arn,
    State: replay.state,
    ReplayStartTime: secondsOf(replay.startedAt),
  };
};

/** The operations on archives and replays. */
export const archiveOperations = (
  bridge: EventBridge,
  missing: MissingParameter,
): Readonly<Record<string, Operation>> => {
  const named = v.strictObject({ ReplayName: v.string() });
  return {
    DescribeArchive: operation(
      v.strictObject({ ArchiveName: v.string() }),
      ({ ArchiveName }) => {
        const archive = archiveNamed(bridge, ArchiveName);
        const { arn, pattern } = archive.definition;
        return { ...archiveSummary(archive), ArchiveArn: arn, EventPattern: pattern?.text };
      },
      missing,
    ),
    ListArchives: operation(v.strictObject(listed), (input) => {
      const found = bridge.archives.filter(
        ({ definition: { name, sourceArn } }) =>
          name.startsWith(input.NamePrefix) &&
          (input.EventSourceArn ?? sourceArn) === sourceArn &&
          (input.State ?? 'ENABLED') === 'ENABLED',
      );
      const page = pageOrRefuse(found, ({ definition }) => definition.name, input);
      return { Archives: page.items.map(archiveSummary), NextToken: page.nextToken };
    }),
    StartReplay: operation(startReplaySchema, (input) => startReplay(bridge, input), missing),
    DescribeReplay: operation(
      named,
      ({ ReplayName }) => describeReplay(bridge.replays.byName(ReplayName)),
      missing,
    ),
    CancelReplay: operation(
      named,
      ({ ReplayName }) => {
        const { arn, state } = bridge.replays.cancel(ReplayName);
        return { ReplayArn: arn, State: state };
      },
      missing,
    ),
    ListReplays: operation(v.strictObject(listed), (input) => {
      const found = bridge.replays
        .all()
        .filter(
          ({ name, state, archive }) =>
            name.startsWith(input.NamePrefix) &&
            (input.EventSourceArn ?? archive.definition.arn) === archive.definition.arn &&
            (input.State ?? state) === state,
        );
      const page = pageOrRefuse(found, ({ name }) => name, input);
      return { Replays: page.items.map(replaySummary), NextToken: page.nextToken };
    }),
  };
};
