import { AwsError } from '../aws-json.ts';
import type { Archive } from './archive.ts';
import type { BusEvent } from './event.ts';

/** The states of a replay (API reference). */
export type ReplayState =
  | 'STARTING'
  | 'RUNNING'
  | 'CANCELLING'
  | 'COMPLETED'
  | 'CANCELLED'
  | 'FAILED';

/** The request for a replay. Times are milliseconds since the epoch. */
export type ReplayRequest = {
  readonly name: string;
  readonly description: string | undefined;
  readonly archive: Archive;
  /** The ARNs of the rules that get the events; all rules unless given. */
  readonly ruleArns: readonly string[] | undefined;
  readonly destinationArn: string;
  readonly from: number;
  readonly to: number;
};

/** A replay, and how far it is. */
export type Replay = ReplayRequest & {
  readonly arn: string;
  state: ReplayState;
  readonly startedAt: number;
  endedAt: number | undefined;
  /** The time of the last event that was replayed. */
  lastReplayed: number | undefined;
};

/** The replays of one Region. */
export interface Replays {
  /** @throws {AwsError} for a name that is taken, and for too many at once */
  readonly start: (request: ReplayRequest) => Replay;
  readonly cancel: (name: string) => Replay;
  /** @throws {AwsError} `ResourceNotFoundException` */
  readonly byName: (name: string) => Replay;
  readonly all: () => readonly Replay[];
  /** Resolves when no replay runs. */
  readonly idle: () => Promise<void>;
  readonly stop: () => void;
}

/** Replays that run at once in an account and a Region (quotas of EventBridge). */
const concurrentMax = 10;

/** Events that are put on the bus before others get their turn. */
const turnMax = 100;

const ended: readonly ReplayState[] = ['COMPLETED', 'CANCELLED', 'FAILED'];

const hasEnded = ({ state }: Replay): boolean => ended.includes(state);

/**
 * Runs replays. AWS promises no order of the events; here they come in the order in which they were
 * archived.
 *
 * @param publish puts an event on its bus, for some rules alone if they are given
 */
export const createReplays = (deps: {
  readonly region: string;
  readonly account: string;
  readonly now: () => number;
  readonly publish: (
    archive: Archive,
    event: BusEvent,
    ruleArns: readonly string[] | undefined,
  ) => void;
}): Replays => {
  const { region, account, now, publish } = deps;
  const replays = new Map<string, Replay>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  const isCancelled = (replay: Replay): boolean => stopped || replay.state === 'CANCELLING';

  const run = async (replay: Replay): Promise<void> => {
    const { archive, name, ruleArns, from, to } = replay;
    if (!isCancelled(replay)) replay.state = 'RUNNING';
    // A list of its own: events that arrive meanwhile are none of this replay.
    const wanted = archive.events().filter((event) => {
      const time = Date.parse(event.time);
      return time >= from && time < to;
    });
    for (const [index, event] of wanted.entries()) {
      if (isCancelled(replay)) break;
      publish(archive, { ...event, replayName: name }, ruleArns);
      replay.lastReplayed = Date.parse(event.time);
      if ((index + 1) % turnMax === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    replay.state = isCancelled(replay) ? 'CANCELLED' : 'COMPLETED';
    replay.endedAt = now();
  };

  const byName = (name: string): Replay => {
    const replay = replays.get(name);
    if (replay) return replay;
    throw new AwsError(`Replay ${name} does not exist.`, { code: 'ResourceNotFoundException' });
  };

  return {
    start: (request) => {
      if (replays.has(request.name)) {
        throw new AwsError(`Replay ${request.name} already exists.`, {
          code: 'ResourceAlreadyExistsException',
        });
      }
      if ([...replays.values()].filter((one) => !hasEnded(one)).length >= concurrentMax) {
        throw new AwsError('The requested resource exceeds the maximum number allowed.', {
          code: 'LimitExceededException',
        });
      }
      const replay: Replay = {
        ...request,
        arn: `arn:aws:events:${region}:${account}:replay/${request.name}`,
        state: 'STARTING',
        startedAt: now(),
        endedAt: undefined,
        lastReplayed: undefined,
      };
      replays.set(request.name, replay);
      const work = new Promise((resolve) => setImmediate(resolve))
        .then(() => run(replay))
        .catch(() => {
          replay.state = 'FAILED';
          replay.endedAt = now();
        })
        .finally(() => running.delete(work));
      running.add(work);
      return replay;
    },
    cancel: (name) => {
      const replay = byName(name);
      if (hasEnded(replay) || replay.state === 'CANCELLING') {
        throw new AwsError(`Replay ${name} is not in a valid state for this operation.`, {
          code: 'IllegalStatusException',
        });
      }
      replay.state = 'CANCELLING';
      return replay;
    },
    byName,
    all: () => [...replays.values()],
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
    stop: () => {
      stopped = true;
    },
  };
};
