import { createCounters, measure, measureAlone, measuredDelays } from './contention/measured.ts';
import { measuredPolicies, ownPolicy, simulatedPolicies } from './contention/policies.ts';
import type { Score } from './contention/score.ts';
import { simulate, simulated, simulatedMs, simulatedWindowMs } from './contention/simulation.ts';
import { benchmark, type Report } from './support/report.ts';
import { median } from './support/rounds.ts';
import { startServer } from './support/server.ts';

const seeds = [1, 2, 3];
const seedsFull = [1, 2, 3, 4, 5, 6, 7];
const clientsOn = { one: [2, 8, 32, 100], many: [32, 100] } as const;
const manyRows = 100;
const barClients = 32;
const measuredRounds = 1;

/** Of every seed: a command that is given up in one of three is given up. */
const bars = {
  ceilingShare: { atLeast: 0.8, of: 'worst' },
  attemptsPerCommit: { atMost: 7, of: 'worst' },
  givenUpShare: { atMost: 0, of: 'worst' },
  fairness: { atLeast: 0.9, of: 'worst' },
} as const;

const medianOf = (scores: readonly Score[], field: keyof Score): number =>
  median(scores.map((score) => score[field]));

const line = (name: string, scores: readonly Score[], ceiling: number | undefined): string => {
  const perSecond = medianOf(scores, 'perSecond');
  const share = ceiling === undefined ? '' : ` (${((100 * perSecond) / ceiling).toFixed(0)} %)`;
  return [
    `  ${name.padEnd(24)} ${perSecond.toFixed(1)}/s${share}`.padEnd(46),
    `${medianOf(scores, 'attemptsPerCommit').toFixed(1)} attempts per commit`,
    `${(100 * medianOf(scores, 'givenUpShare')).toFixed(1)} % given up`,
    `p99 ${(medianOf(scores, 'p99Ms') / 1000).toFixed(2)} s`,
    `Jain ${medianOf(scores, 'fairness').toFixed(2)}`,
  ].join(', ');
};

/**
 * @param ceiling absent where the machine is the limit: it also computes what the network and the
 * server of a real cluster would, so that the share would be its own
 */
const judge = (report: Report, where: string, scores: readonly Score[], ceiling?: number): void => {
  const field = (name: keyof Score) => scores.map((score) => score[name]);
  if (ceiling !== undefined) {
    const shares = field('perSecond').map((perSecond) => perSecond / ceiling);
    report.judge(`${where}: share of the ceiling`, '', shares, bars.ceilingShare);
  }
  const attempts = field('attemptsPerCommit');
  report.judge(`${where}: attempts per commit`, '', attempts, bars.attemptsPerCommit);
  report.judge(`${where}: share given up`, '', field('givenUpShare'), bars.givenUpShare);
  report.judge(`${where}: Jain's index`, '', field('fairness'), bars.fairness);
};

const keep = (report: Report, what: string, scores: readonly Score[]): void => {
  for (const name of [
    'perSecond',
    'attemptsPerCommit',
    'givenUpShare',
    'p99Ms',
    'fairness',
  ] as const) {
    const series = scores.map((score) => score[name]);
    report.keep(`${what}: ${name}`, '', series);
  }
};

const runSimulation = async (report: Report, full: boolean): Promise<void> => {
  const ceiling = 1000 / simulatedWindowMs;
  const used = full ? seedsFull : seeds;
  report.say(
    `simulated: round trip ${simulated.roundTripMs} ms, commit ${simulated.commitMs} ms, each leg ±10 %, so W = ${simulatedWindowMs} ms and a row's ceiling is ${ceiling}/s; ${simulatedMs / 1000} s, medians of seeds ${used.join(', ')}`,
  );
  for (const rowCount of [1, manyRows]) {
    for (const clients of clientsOn[rowCount === 1 ? 'one' : 'many']) {
      const where = `simulated, ${rowCount === 1 ? 'one row' : `${rowCount} rows`}, ${clients} clients`;
      report.say(`\n${where}`);
      for (const policy of simulatedPolicies) {
        const scores: Score[] = [];
        for (const seed of used) scores.push(await simulate(policy, clients, rowCount, seed));
        report.say(line(policy.name, scores, rowCount === 1 ? ceiling : undefined));
        keep(report, `${where}: ${policy.name}`, scores);
        if (policy === ownPolicy && rowCount === 1 && clients === barClients) {
          judge(report, where, scores, ceiling);
        }
      }
    }
  }
};

const runMeasured = async (report: Report, rounds: number): Promise<void> => {
  const server = await startServer();
  await createCounters(server, manyRows);
  await server.setDelays(measuredDelays);
  const { roundTripMs, commitMs } = measuredDelays;
  const alone = await measureAlone(server);
  // The endpoint commits when COMMIT arrives and delays its answer; half of what it computes lies
  // in the window.
  const windowMs = roundTripMs + (alone - 2 * roundTripMs - commitMs) / 2;
  const ceiling = 1000 / windowMs;
  // As many windows as the simulation has: Jain's index of a few commits per client says little.
  const runMs = simulatedMs * (windowMs / simulatedWindowMs);
  report.say(
    `\nmeasured on the local DSQL: round trip ${roundTripMs} ms, commit +${commitMs} ms; alone a command takes ${alone.toFixed(1)} ms, so W = ${windowMs.toFixed(1)} ms and a row's ceiling is ${ceiling.toFixed(1)}/s; ${(runMs / 1000).toFixed(0)} s each`,
  );
  for (const rowCount of [1, manyRows]) {
    const where = `measured, ${rowCount === 1 ? 'one row' : `${rowCount} rows`}, ${barClients} clients`;
    const scores = new Map<string, Score[]>(measuredPolicies.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const policy of measuredPolicies) {
        const score = await measure(server, policy, barClients, rowCount, runMs);
        scores.get(policy.name)?.push(score);
      }
    }
    report.say(`\n${where}`);
    for (const [name, ofPolicy] of scores) {
      report.say(line(name, ofPolicy, rowCount === 1 ? ceiling : undefined));
      keep(report, `${where}: ${name}`, ofPolicy);
      if (name === ownPolicy.name && rowCount === 1) judge(report, where, ofPolicy);
    }
  }
  await server.stop();
};

await benchmark(
  'contention',
  ['pg', 'p-retry', '@aws/aurora-dsql-node-postgres-connector'],
  async (report, { full, rounds = measuredRounds }) => {
    await runSimulation(report, full);
    await runMeasured(report, rounds);
  },
);
