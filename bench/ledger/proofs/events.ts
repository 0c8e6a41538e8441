/**
 * Sends commands over both Regions of the ledger's stack while processes die between COMMIT and
 * publishing, between publishing and the mark, and entries of `PutEvents` fail. Then it does so
 * again, and loses a Region in the middle. It ends with 1 when an event is lost or has no state,
 * when an effect is lost or doubled, or when something takes longer than it may.
 *
 * Leases, the grace and the takeover age are those that a deployment has. Only the waits of AWS are
 * shorter: the relay's minute takes two seconds. `--part crashes` or `--part loss` runs one of
 * them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Operator, operatorOf } from '../../../test/e2e/ledger/operator.ts';
import { type LedgerStack, startLedger } from '../../../test/e2e/ledger/stack.ts';
import { type BusWatch, createBusWatch } from '../events/bus-watch.ts';
import { runCommands } from '../events/commands.ts';
import {
  deadLetters,
  handledBy,
  type LedgerSums,
  readRecorded,
  readSums,
} from '../events/effects.ts';
import {
  eventsOf,
  hasArrivals,
  type Judge,
  judgeArrivals,
  judgeDuplicates,
  judgeEvents,
  judgeTotals,
} from '../events/verdicts.ts';

const { values } = parseArgs({
  options: {
    commands: { type: 'string', default: '5000' },
    clients: { type: 'string', default: '32' },
    seed: { type: 'string', default: '7' },
    part: { type: 'string', default: 'both' },
  },
  // `npm run proofs -- events` leaves its name there.
  allowPositionals: true,
});
const commands = Number(values.commands);
const clients = Number(values.clients);
const seed = Number(values.seed);

const crashShare = 0.02;
const refusedShare = 0.05;

/** Half a minute of AWS time is a second here: some events are on the lost Region's bus. */
const delayMsMax = 30_000;

/** The relay's lease, the function's timeout, the takeover age, and two runs of the relay. */
const lossMsMax = 60_000 + 15_000 + 120_000 + 2 * 2_000;

/**
 * After the last command no process dies. What is left waits for the grace, for the lease of a
 * relay that died before, and for the relay's backoff; the rest is for a busy machine.
 */
const settleMsMax = 150_000;

const pollMs = 500;

/** So long before the loss the events are published again that its bus had accepted. */
const republishMs = 5 * 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

let isSound = true;
const judge: Judge = (what, value, isMet) => {
  say(`${isMet ? 'ok  ' : 'FAIL'}  ${what}: ${value}`);
  isSound &&= isMet;
};

type Proof = {
  readonly ledger: LedgerStack;
  readonly operator: Operator;
  readonly watch: BusWatch;
};

/** Milliseconds until something holds; `undefined` when it does not within the given time. */
const within = async (
  msMax: number,
  holds: () => Promise<boolean>,
): Promise<number | undefined> => {
  const startedAt = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - startedAt;
    if (performance.now() - startedAt > msMax) return undefined;
    await delay(pollMs);
  }
};

const seconds = (ms: number | undefined, msMax: number): string =>
  ms === undefined ? `not within ${msMax / 1_000} s` : `after ${(ms / 1_000).toFixed(1)} s`;

/** Whether the outbox has nothing that waits or is given up. */
const isPublished = async ({ operator }: Proof): Promise<boolean> => {
  const { status } = await operator.json('outbox list --state pending --max 1');
  return status.pending.count === 0 && status.dead.count === 0;
};

const hasTotals = ({ totals, recorded }: LedgerSums): boolean =>
  JSON.stringify(totals) === JSON.stringify(recorded);

const isDone = async (proof: Proof): Promise<boolean> => {
  if (!(await isPublished(proof))) return false;
  const sums = await readSums(proof.operator);
  return hasTotals(sums) && hasArrivals(sums);
};

/** Sends the commands of one run and prints how they ended. */
const send = async (proof: Proof, name: string, onHalf: () => void = () => {}): Promise<void> => {
  const { ledger, watch } = proof;
  const startedAt = performance.now();
  const crashesBefore = watch.counts();
  watch.strike('all');
  const run = await runCommands(ledger, ledger.stack.regions, {
    name,
    commands,
    clients,
    onAnswered: (count) => {
      if (count === Math.ceil(commands / 2)) onHalf();
    },
  });
  watch.strike('none');
  const { before, after, refused } = watch.counts();
  const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
  say(`      ${commands} commands by ${clients} clients in ${took} s`);
  say(
    `      ${before - crashesBefore.before} processes died before publishing, ${after - crashesBefore.after} after it, ${refused - crashesBefore.refused} entries failed`,
  );
  say(`      ${run.failedTries} tries without an answer, ${run.replayed} answers were replays`);
  judge(
    'each command is answered',
    `${commands - run.unanswered.length} of ${commands}`,
    run.unanswered.length === 0,
  );
  judge(
    'failures of each kind came',
    'seeded',
    Math.min(before - crashesBefore.before, after - crashesBefore.after) > 0 &&
      refused > crashesBefore.refused,
  );
};

const judgeEnd = async (proof: Proof, run: string): Promise<void> => {
  const { ledger, operator, watch } = proof;
  const events = eventsOf(watch, run);
  const recorded = await readRecorded(operator, run);
  judge('each command has its state', `${recorded.size}`, recorded.size === commands);
  judgeEvents(judge, events, recorded);
  const sums = await readSums(operator);
  judgeTotals(judge, sums);
  judgeArrivals(judge, sums);
  judgeDuplicates(judge, watch, events);
  const letters = deadLetters(ledger);
  judge('no event is a dead letter', `${letters.events}`, letters.events === 0);
  say(`      ${letters.relayRuns} runs of the relay died, or came late`);
};

const crashes = async (proof: Proof): Promise<void> => {
  say('Crashes, both Regions run');
  await send(proof, 'crash');
  const settled = await within(settleMsMax, () => isDone(proof));
  judge(
    'everything is published and handled',
    seconds(settled, settleMsMax),
    settled !== undefined,
  );
  await proof.ledger.stack.idle();
  await judgeEnd(proof, 'crash');
};

/** Events of a run that a consumer has not handled. */
const missingOf = ({ ledger, watch }: Proof, functionName: string): readonly string[] => {
  const handled = handledBy(ledger, `antipode-ledger-${functionName}`);
  return [...eventsOf(watch, 'loss').keys()].filter((id) => !handled.has(id));
};

/**
 * The longest time from a moment to the end of the handling of these events, by the consumers of
 * the survivor. Milliseconds.
 */
const longestMs = ({ ledger }: Proof, ids: readonly string[], since: number): number => {
  const consumers = ['project-totals', 'audit-replica'];
  const ends = consumers.flatMap((name) => {
    const handled = handledBy(ledger, `antipode-ledger-${name}`);
    return ids.flatMap((id) => handled.get(id) ?? []);
  });
  return Math.max(0, ...ends.map((end) => end - since));
};

/** The loss of the secondary Region, as the rest of the proof needs to know it. */
type Loss = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Events that the lost Region's bus had accepted. */
  readonly onBus: ReadonlySet<string>;
  /** The Region of a transaction's commit, by the event. */
  readonly originOf: (eventId: string) => string | undefined;
  readonly recorded: number;
};

const loseInTheMiddle = async (proof: Proof): Promise<Loss> => {
  const { ledger, operator, watch } = proof;
  const { secondary } = ledger;
  const lost = { at: 0, onBus: new Set<string>() as ReadonlySet<string> };
  await send(proof, 'loss', () => {
    lost.at = Date.now();
    void secondary.stop();
    // The survivor's relay lives: the bound has room for one lease, that of the lost relay.
    watch.strike('commands');
    watch.lose(secondary.region);
    lost.onBus = watch.acceptedIn(secondary.region);
  });
  const recorded = await readRecorded(operator, 'loss');
  const originOf = (id: string) => recorded.get(watch.accepted().get(id) ?? '');
  return { ...lost, recorded: recorded.size, originOf };
};

/** The survivor has no work left but what the lost Region's bus has, and copies for that Region. */
const survive = async (proof: Proof, { at, onBus, originOf, recorded }: Loss): Promise<void> => {
  const { ledger, watch } = proof;
  const { primary, secondary } = ledger;
  const endedAt = Date.now();
  const isHere = async (): Promise<boolean> =>
    (await isPublished(proof)) &&
    eventsOf(watch, 'loss').size === recorded &&
    missingOf(proof, 'project-totals').every((id) => onBus.has(id)) &&
    missingOf(proof, 'audit-replica').every(
      (id) => onBus.has(id) || originOf(id) === primary.region,
    );
  const done = await within(lossMsMax, isHere);
  judge(
    'the survivor has published and handled everything but what that bus had accepted',
    `${seconds(done, lossMsMax)} from the last command`,
    done !== undefined,
  );
  const taken = [...eventsOf(watch, 'loss').keys()].filter(
    (id) => originOf(id) === secondary.region && !onBus.has(id),
  );
  const longest = longestMs(proof, taken, at);
  judge(
    `${taken.length} events of the lost Region took lease + timeout + takeover + two runs at most, ${lossMsMax / 1_000} s from the loss`,
    `${(longest / 1_000).toFixed(1)} s`,
    longest <= lossMsMax,
  );
  const own = [...eventsOf(watch, 'loss').keys()].filter((id) => originOf(id) === primary.region);
  const ownLongest = longestMs(proof, own, endedAt);
  judge(
    `${own.length} events of the survivor took as long at most, from the last command`,
    `${(ownLongest / 1_000).toFixed(1)} s`,
    ownLongest <= lossMsMax,
  );
};

const republish = async (proof: Proof, { at, originOf }: Loss): Promise<void> => {
  const { ledger, operator } = proof;
  const { primary, secondary } = ledger;
  const kept = missingOf(proof, 'project-totals');
  judge("the lost Region's bus has events that nobody handled", `${kept.length}`, kept.length > 0);
  const since = new Date(at - republishMs).toISOString();
  const report = await operator.json(
    `outbox republish --region ${primary.region} --origin ${secondary.region} --since ${since} --rate 1000 --yes`,
  );
  say(`      republished ${report.published} of ${report.found}`);
  const republished = await within(
    settleMsMax,
    async () =>
      missingOf(proof, 'project-totals').length === 0 &&
      missingOf(proof, 'audit-replica').every((id) => originOf(id) === primary.region),
  );
  judge(
    'republish brings what that bus had accepted',
    seconds(republished, settleMsMax),
    republished !== undefined,
  );
  judgeTotals(judge, await readSums(operator));
};

const loss = async (proof: Proof): Promise<void> => {
  const { secondary, stack } = proof.ledger;
  say(`Crashes, ${secondary.region} is stopped in the middle`);
  const lost = await loseInTheMiddle(proof);
  await survive(proof, lost);
  await republish(proof, lost);
  await secondary.start();
  const back = await within(settleMsMax, () => isDone(proof));
  judge('the Region is back, and has its copies', seconds(back, settleMsMax), back !== undefined);
  await stack.idle();
  await judgeEnd(proof, 'loss');
};

const prove = async (): Promise<void> => {
  const watch = createBusWatch({
    ...{ seed, crashBefore: crashShare, crashAfter: crashShare },
    ...{ refusedEntries: refusedShare, delayMsMax },
  });
  const ledger = await startLedger(watch.options);
  watch.ignore(ledger.stack.dsqlKeys.accessKeyId);
  watch.follow((accessKeyId) =>
    ledger.stack.regions.some(({ functions }) =>
      [...functions.values()].some((one) => one.hasProcess(accessKeyId)),
    ),
  );
  const operator = operatorOf(ledger);
  const proof: Proof = { ledger, operator, watch };
  try {
    if (values.part !== 'loss') await crashes(proof);
    if (values.part !== 'crashes') await loss(proof);
  } finally {
    operator.stop();
    await ledger.stop();
  }
};

await prove();
process.exitCode = isSound ? 0 : 1;
