import { countFlights } from '../test/support/flight-counter.ts';
import { benchmark, type Report } from './support/report.ts';
import { interleave, range, ratioRange, ratios, type Series } from './support/rounds.ts';
import { type Address, type BenchServer, connectPg, startServer } from './support/server.ts';
import { fiveRoundTrips, oneCte, preparedCte, samePipelined } from './write-path/by-hand.ts';
import { createTables, emptyTables, verifyEffects } from './write-path/command.ts';
import {
  awsConnector,
  kyselyTransaction,
  postgresAwaited,
  postgresPipelined,
} from './write-path/libraries.ts';
import { ourStatements, ours } from './write-path/ours.ts';
import { hasPgbench, runPgbench } from './write-path/pgbench.ts';
import type { OpenedVariant, Variant } from './write-path/variant.ts';

type Cell = {
  readonly server: 'dsql' | 'plain';
  readonly roundTripMs: number;
  readonly commitMs: number;
  readonly clients: number;
};

const cell = (
  roundTripMs: number,
  commitMs: number,
  clients: number,
  server: Cell['server'] = 'dsql',
): Cell => ({ server, roundTripMs, commitMs, clients });

const defaultCells = [
  ...[cell(0, 0, 1), cell(0, 0, 8), cell(5, 0, 1), cell(5, 0, 8), cell(0, 20, 8)],
  ...[cell(0, 0, 1, 'plain'), cell(0, 0, 8, 'plain')],
];

const fullCells = [
  ...[0, 1, 5].flatMap((rtt) =>
    [0, 20].flatMap((commit) => [1, 8, 16].map((clients) => cell(rtt, commit, clients))),
  ),
  ...[1, 8, 16].map((clients) => cell(0, 0, clients, 'plain')),
];

const roundsDefault = 5;
/** Long enough for hundreds of commands without delay, and for some with. */
const measureMs = 250;
const warmUpCommands = 30;
const flightCommands = 10;
const pgbenchSeconds = 1;
const pgbenchName = 'pgbench, one pipeline';

/**
 * Against AWS's connector, by round trip; without a commit delay, which would be the same for both.
 */
const connectorBars: Readonly<Record<number, number>> = { 0: 3.5, 5: 4.5 };
const byHandBar = 0.9;

/**
 * CPU time of this thread, in microseconds: what a command costs its client, whatever else the
 * machine does.
 */
const clientCpu = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/**
 * Commands per second of all clients, and how many they were; what begins in time is waited for.
 */
const drive = async ({ write }: OpenedVariant, clients: number) => {
  const cpuBefore = clientCpu();
  const start = performance.now();
  let commands = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() - start < measureMs) {
        await write(client);
        commands += 1;
      }
    }),
  );
  const perSecond = (commands / (performance.now() - start)) * 1000;
  return { commands, perSecond, cpuUs: (clientCpu() - cpuBefore) / commands };
};

/** The measurements of the variants in one cell, by name. */
type Measured = {
  readonly perSecond: Readonly<Record<string, Series>>;
  /** Microseconds of the client's CPU per command; of the variants that are in this process. */
  readonly cpuUs: Readonly<Record<string, Series>>;
};

const measureFlights = async (variant: Variant, address: Address): Promise<number> => {
  const wire = await countFlights(address.port);
  const session = await variant.open({ ...address, port: wire.port }, 1);
  await session.write(0);
  wire.reset();
  for (let count = 0; count < flightCommands; count += 1) await session.write(0);
  const flights = wire.flights() / flightCommands;
  await session.close();
  await wire.stop();
  return flights;
};

const measureCell = async (
  server: BenchServer,
  variants: readonly Variant[],
  at: Cell,
  rounds: number,
  withPgbench: boolean,
): Promise<Measured> => {
  await server.setDelays(at);
  const address = server[at.server];
  const sessions = new Map<string, OpenedVariant>();
  for (const variant of variants) {
    const session = await variant.open(address, at.clients);
    const perClient = Math.ceil(warmUpCommands / at.clients);
    for (let count = 0; count < perClient; count += 1) {
      await Promise.all(Array.from({ length: at.clients }, (_, client) => session.write(client)));
    }
    sessions.set(variant.name, session);
  }
  const names = [...sessions.keys(), ...(withPgbench ? [pgbenchName] : [])];
  const cpuUs: Readonly<Record<string, number[]>> = Object.fromEntries(
    [...sessions.keys()].map((name) => [name, []]),
  );
  const measure = async (name: string): Promise<number> => {
    await emptyTables(server);
    const session = sessions.get(name);
    if (!session) {
      const { commands, perSecond } = await runPgbench(address, at.clients, pgbenchSeconds);
      await verifyEffects(server, name, commands);
      return perSecond;
    }
    const driven = await drive(session, at.clients);
    await verifyEffects(server, name, driven.commands);
    cpuUs[name]?.push(driven.cpuUs);
    return driven.perSecond;
  };
  const perSecond = await interleave(names, rounds, measure);
  await Promise.all([...sessions.values()].map(({ close }) => close()));
  return { perSecond, cpuUs };
};

const reportCell = (report: Report, at: Cell, { perSecond: series, cpuUs }: Measured): void => {
  const { server, roundTripMs, commitMs, clients } = at;
  const where = `${server === 'plain' ? 'PostgreSQL alone' : 'local DSQL'}, round trip ${roundTripMs} ms, commit +${commitMs} ms, ${clients} client${clients === 1 ? '' : 's'}`;
  report.say(`\n${where}: commands per second, and ours over it`);
  const own = series[ours.name] ?? [];
  for (const [name, values] of Object.entries(series)) {
    const over = name === ours.name ? '' : `, ours ${ratioRange(ratios(own, values))}×`;
    const cpu = cpuUs[name];
    const cost = cpu === undefined ? '' : `, client CPU ${range(cpu, 0)} µs`;
    report.say(`  ${name.padEnd(34)} ${range(values, 0)}${over}${cost}`);
    report.keep(`${where}: ${name}`, 'commands/s', values);
    if (cpu !== undefined) report.keep(`${where}: ${name}: client CPU`, 'µs', cpu);
  }
  const over = (name: string): Series => ratios(own, series[name] ?? []);
  report.judge(`${where}, over the same statements by hand in pg, prepared`, '×', over(same.name), {
    atLeast: byHandBar,
  });
  const bar = connectorBars[roundTripMs];
  if (server === 'dsql' && commitMs === 0 && bar !== undefined) {
    const what = `${where}, over AWS's connector`;
    report.judge(what, '×', over(connector.name), { atLeast: bar });
  }
};

const connector = awsConnector();
const statements = await ourStatements();
/** Prepared, as ours is: otherwise the bar would be for what preparing saves. */
const same = samePipelined(statements, 'prepared');
const sameUnprepared = samePipelined(statements, 'unprepared');
/** AWS's connector sends a token as its password, which only DSQL takes. */
const variantsOn = (server: Cell['server']): readonly Variant[] => [
  ...[ours, same, sameUnprepared, fiveRoundTrips, oneCte, preparedCte],
  ...[postgresPipelined, postgresAwaited, kyselyTransaction],
  ...(server === 'dsql' ? [connector] : []),
];

await benchmark(
  'write-path',
  ['pg', 'kysely', 'postgres', '@aws/aurora-dsql-node-postgres-connector'],
  async (report, { full, rounds = roundsDefault }) => {
    const server = await startServer();
    const withPgbench = await hasPgbench();
    const admin = await connectPg(server.dsql);
    await createTables(admin);
    await admin.end();
    report.say(`our command is ${statements.length} statements in one flight:`);
    for (const { sql } of statements) report.say(`  ${sql.replaceAll(/\s+/g, ' ')}`);
    report.say('\nflights per command, counted on the wire (local DSQL, one client)');
    for (const variant of variantsOn('dsql')) {
      const flights = await measureFlights(variant, server.dsql);
      report.say(`  ${variant.name.padEnd(34)} ${flights}`);
      if (variant === ours) {
        report.judge('flights of a command without reads', 'flights', [flights], { atMost: 1 });
      } else report.keep(`flights: ${variant.name}`, 'flights', [flights]);
    }
    for (const at of full ? fullCells : defaultCells) {
      const variants = variantsOn(at.server);
      reportCell(report, at, await measureCell(server, variants, at, rounds, withPgbench));
    }
    await server.stop();
  },
);
