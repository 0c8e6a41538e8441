import { createMemoryDatabase } from '../../adapters/memory/index.ts';
import { deriveSafety } from '../../domain/kernel/index.ts';
import { consumerQueueSettings } from '../../domain/kernel/work/consumer-queue.ts';
import { createCluster } from './cloud/database-link.ts';
import { createEventBus } from './cloud/event-bus.ts';
import { createLambda } from './cloud/lambda.ts';
import { createDeadLetterQueues } from './cloud/queues.ts';
import { createRegions } from './cloud/regions.ts';
import { createFaults, type FaultName } from './machine/faults.ts';
import { trapMachine } from './machine/machine-traps.ts';
import type { Machine } from './machine/process.ts';
import { createScheduler } from './machine/scheduler.ts';
import { seededRandom } from './machine/seeded-random.ts';
import { createStory } from './machine/story.ts';
import { requireCount, requireFaults } from './options.ts';
import { lateEvents, publishedWithinMs } from './oracles/delivery.ts';
import { createHistory } from './oracles/history.ts';
import { judge } from './oracles/oracles.ts';
import { createPublications } from './oracles/publications.ts';
import { startClients } from './service/clients.ts';
import { connectService } from './service/connections.ts';
import { planDisturbances } from './service/disturbances.ts';
import { createOperator } from './service/operator.ts';
import type { Scenario, SeedTimes, Violation } from './service/scenario.ts';
import type { Substitutions } from './service/substitutions.ts';

/** The options of one seed. */
export type SimulationOptions = {
  /** Decides everything that happens, from 0. */
  readonly seed: number;
  /** Commands of the clients; 200 unless given. */
  readonly commandCount?: number;
  /** The kinds of faults that may happen; all unless given. */
  readonly faults?: readonly FaultName[];
  /** Wrong parts, to see that the oracles find them. */
  readonly substitutions?: Substitutions;
  /** Whether the story is told; it costs time. */
  readonly isTold?: boolean;
};

/** The outcome of a seed. */
export type SimulationResult = {
  /** The seed that was played. */
  readonly seed: number;
  /** The promises that were broken; empty for a seed that keeps them all. */
  readonly violations: readonly Violation[];
  /** A digest of everything that has happened: the same seed has the same. */
  readonly hash: number;
  /** Steps of the scheduler. */
  readonly turns: number;
  /** Commands that the clients have sent, each until it had an answer. */
  readonly commands: number;
  /** Transactions that have committed. */
  readonly commits: number;
  /** Events that have committed. */
  readonly events: number;
  /** Answers that clients have got. */
  readonly answers: number;
  /** How often each kind of fault has happened. */
  readonly faults: ReadonlyMap<FaultName, number>;
  /** Faults that have happened, of all kinds. */
  readonly faultCount: number;
  /** Virtual time that has passed. Milliseconds. */
  readonly virtualMs: number;
  /** One line for each step, with its virtual time; empty unless `isTold`. */
  readonly story: readonly string[];
};

const regionNames = ['us-east-1', 'us-west-2'] as const;

const commandCountDefault = 200;

/** How long the clients send, and faults happen. Milliseconds. */
const busyMs = [120_000, 300_000] as const;

/** How often a seed that ought to come to rest is looked at. Milliseconds. */
const lookMs = 5_000;

/** How long a seed may take to come to rest without a fault, after the bound. Milliseconds. */
const restMsMax = 1_800_000;

const functionTimeouts = [5, 10, 15] as const;
const relayRates = [60, 60, 120] as const;

const timesOf = (random: ReturnType<typeof seededRandom>): SeedTimes => {
  const functionTimeoutSeconds = random.pick(functionTimeouts);
  const relayRateSeconds = random.pick(relayRates);
  return {
    ...deriveSafety({ functionTimeoutSeconds, eventRetentionDays: 14, relayRateSeconds }),
    functionTimeoutMs: functionTimeoutSeconds * 1_000,
  };
};

const createMachine = ({ seed, faults: only, isTold = false }: SimulationOptions): Machine => {
  const scheduler = createScheduler();
  let processes = 0;
  return {
    seed,
    scheduler,
    faults: createFaults(seed, only),
    random: seededRandom(seed, 'cloud'),
    story: createStory(isTold, scheduler.now),
    nextNumber: () => {
      processes += 1;
      return processes;
    },
  };
};

/** The cloud of a seed, with the functions, the clients and the operator of a service. */
const createWorld = (scenario: Scenario, options: SimulationOptions) => {
  const { substitutions = {}, commandCount = commandCountDefault, seed, faults = [] } = options;
  requireCount('seed', seed, 0);
  requireCount('commandCount', commandCount, 1);
  requireFaults(faults);
  const machine = createMachine(options);
  const { scheduler, random } = machine;
  const history = createHistory(scheduler.now);
  const regions = createRegions(machine, regionNames);
  const rows = createMemoryDatabase();
  const cluster = createCluster(machine, regions, substitutions.rows?.(rows) ?? rows);
  const lambda = createLambda(machine, regions);
  const publications = createPublications(scheduler.now);
  const bus = createEventBus(machine, regions, publications);
  const deadLetters = createDeadLetterQueues(machine, regions);
  const drawn = timesOf(seededRandom(seed, 'settings'));
  const times = substitutions.times?.(drawn) ?? drawn;
  const declaration: Scenario['declaration'] = (version) => {
    const declared = scenario.declaration(version);
    return substitutions.declaration?.(declared, version) ?? declared;
  };
  const parts = {
    ...{ machine, regions, cluster, lambda, bus, deadLetters, history, publications, times },
  };
  const { functions, queued } = connectService(
    { ...parts, scenario, declaration, substitutions },
    consumerQueueSettings,
  );
  const withinMs = random.within(busyMs);
  const commands = scenario.commands(seededRandom(seed, 'commands'), commandCount);
  const timeoutMs = times.functionTimeoutMs;
  const clients = startClients(machine, { ...parts, functions, timeoutMs }, commands, withinMs);
  const operator = createOperator(machine, { ...parts, functions, substitutions });
  planDisturbances(machine, { ...parts, operator }, withinMs);
  const isQuiet = (): boolean =>
    clients.openCount() + lambda.openCount() + bus.openCount() + operator.openCount() + queued() ===
    0;
  const commandsSent = commands.length;
  return { ...parts, drawn, service: declaration(1), operator, withinMs, isQuiet, commandsSent };
};

type World = ReturnType<typeof createWorld>;

/** Plays until `isOver`, which is asked from time to time, or for so many milliseconds. */
const playUntil = async (
  { machine: { scheduler } }: World,
  forMs: number,
  isOver: () => boolean = () => false,
): Promise<void> => {
  const until = scheduler.now() + forMs;
  let nextLook = scheduler.now() + lookMs;
  await scheduler.play(() => {
    const now = scheduler.now();
    if (now >= until) return true;
    if (now < nextLook) return false;
    nextLook = now + lookMs;
    return isOver();
  });
};

/** Whether every event that is due is on a bus. */
const areEventsOut = ({ history, bus, machine }: World): boolean =>
  [...history.events.values()].every(
    ({ envelope, dueAt }) => dueAt > machine.scheduler.now() || bus.accepted.has(envelope.id),
  );

/**
 * Work that is left. A bus may have accepted an event, lost it, and not told so: nobody publishes
 * its row again but the relay, which still has to.
 */
const leftOf = (world: World): readonly string[] => {
  const { history, bus, deadLetters, operator } = world;
  if (!world.isQuiet()) return ['calls that are under way'];
  const missing = [...history.events.keys()].filter((id) => !bus.accepted.has(id)).length;
  const counts = [
    [deadLetters.count(), 'dead letters'],
    [missing, 'events that no bus has accepted'],
    [bus.lost.size, 'events that a bus has lost'],
    [operator.unpublishedCount(), 'rows of the outbox that are not marked'],
  ] as const;
  return counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
};

const isAtRest = (world: World): boolean => leftOf(world).length === 0;

/** The operator's work when the faults are over, with both Regions there. */
const repair = (world: World): void => {
  const { operator, regions, bus } = world;
  operator.redriveOutbox();
  operator.redriveLetters();
  if (bus.lost.size === 0) return;
  for (const region of regions.names) operator.republish(region, region);
};

const playSeed = async (world: World): Promise<readonly Violation[]> => {
  const { machine, regions, withinMs, drawn, history, bus } = world;
  const { scheduler, faults, story } = machine;
  await playUntil(world, withinMs);
  faults.stop();
  const since = scheduler.now();
  story.tell('The simulation', 'lets no more faults happen');
  const boundMs = publishedWithinMs(drawn, faults.has('clock skew'));
  const isOut = (): boolean => areEventsOut(world);
  await playUntil(world, boundMs, isOut);
  // The turn that ends the wait may be one of the bound itself.
  await playUntil(world, isOut() ? 0 : lookMs, isOut);
  const late = lateEvents({ history, bus }, { since, boundMs, now: scheduler.now() });
  for (const region of regions.names) if (!regions.isUp(region)) regions.restore(region);
  regions.setLinked(true);
  const until = scheduler.now() + restMsMax;
  let visits = 0;
  while (scheduler.now() < until) {
    await playUntil(
      world,
      restMsMax / 6,
      () => isAtRest(world) || (visits === 0 && world.isQuiet()),
    );
    if (visits > 0 && isAtRest(world)) break;
    visits += 1;
    repair(world);
  }
  const left = leftOf(world);
  const message = `Work is left that never ends: ${left.join(', ')}`;
  return left.length === 0 ? late : [...late, { oracle: 'rest after the last fault', message }];
};

/**
 * Plays one seed of a scenario: its clients send their commands while faults happen, the faults
 * end, an operator repairs what is left to a person, and the promises are checked.
 *
 * Nothing but the seed decides what happens: the machine's clock, timers and randomness are taken
 * away meanwhile. So only one seed can run at a time in a process.
 *
 * @throws {RangeError} for a number that is none, and for a kind of fault that does not exist
 */
export const simulate = async (
  scenario: Scenario,
  options: SimulationOptions,
): Promise<SimulationResult> => {
  const world = createWorld(scenario, options);
  const { machine, history, cluster, bus, deadLetters, service, regions } = world;
  const { scheduler, faults, story } = machine;
  // Faults are everyday here, and only a person who reads the story reads where one was made.
  const release = trapMachine(scheduler.now, options.isTold ? Error.stackTraceLimit : 0);
  let violations: readonly Violation[];
  try {
    violations = await playSeed(world);
  } finally {
    release();
  }
  const faultCount = [...faults.counts.values()].reduce((sum, count) => sum + count, 0);
  const rows = <Row>(table: string) => cluster.database.begin().all<Row>(table);
  const judged = {
    ...{ history, bus, deadLetters, service, regions: regions.names, faultCount },
    times: world.drawn,
  };
  const own = scenario.check?.(rows, history) ?? [];
  return {
    seed: options.seed,
    violations: [...violations, ...judge(judged), ...own],
    hash: scheduler.hash(),
    turns: scheduler.turns(),
    commands: world.commandsSent,
    commits: history.effects.length,
    events: history.events.size,
    answers: history.answers.length,
    faults: faults.counts,
    faultCount,
    virtualMs: scheduler.now() - Date.UTC(2026, 0, 1),
    story: story.lines,
  };
};
