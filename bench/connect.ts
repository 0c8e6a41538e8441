import { createTokenSource } from '../src/adapters/dsql/connection/token.ts';
import { countFlights } from '../test/support/flight-counter.ts';
import { benchmark, type Report } from './support/report.ts';
import { interleave, range, ratioRange, ratios } from './support/rounds.ts';
import { type Address, connectPg, startServer, targetOf } from './support/server.ts';
import { serverCredentials } from './support/server-constants.ts';
import { createTables, emptyTables, verifyEffects } from './write-path/command.ts';
import { awsConnector } from './write-path/libraries.ts';
import { ours } from './write-path/ours.ts';
import type { Variant } from './write-path/variant.ts';

const transactions = 1000;
const clients = 8;
const roundsDefault = 7;
const connectsPerRound = 10;

/** TCP's handshake, which a counter of what is said over a connection cannot see. */
const tcpFlights = 1;
const bars = { tokens: clients, flights: 4 } as const;

type Counted = { readonly variant: Variant; readonly tokens: () => number };

const counted = (): readonly [Counted, Counted] => {
  let own = 0;
  let theirs = 0;
  const connector = awsConnector(() => {
    theirs += 1;
  });
  const open: Variant['open'] = (address, size) => {
    const tokens = createTokenSource(targetOf(address), () => serverCredentials);
    const password = () => {
      own += 1;
      return tokens.token();
    };
    return ours.open({ ...address, password }, size);
  };
  return [
    { variant: { name: ours.name, open }, tokens: () => own },
    { variant: connector, tokens: () => theirs },
  ];
};

const countTokens = async ({ variant, tokens }: Counted, address: Address): Promise<number> => {
  const session = await variant.open(address, clients);
  const before = tokens();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let count = 0; count < transactions / clients; count += 1) await session.write(client);
    }),
  );
  await session.close();
  return tokens() - before;
};

/** Flights of a first command, less those of a second one over the same connection. */
const connectFlights = async ({ variant }: Counted, address: Address): Promise<number> => {
  const wire = await countFlights(address.port);
  const session = await variant.open({ ...address, port: wire.port }, 1);
  await session.write(0);
  const first = wire.flights();
  wire.reset();
  await session.write(0);
  const second = wire.flights();
  await session.close();
  await wire.stop();
  return first - second + tcpFlights;
};

/** Judges ours, and shows the other beside it. */
const compare = (
  report: Report,
  what: string,
  unit: string,
  own: number,
  theirs: number,
  atMost: number,
): void => {
  report.judge(`${what}: ours`, unit, [own], { atMost });
  report.say(`       ${what}: AWS's connector: ${theirs} ${unit}`);
  report.keep(`${what}: AWS's connector`, unit, [theirs]);
};

const firstCommandMs = async ({ variant }: Counted, address: Address): Promise<number> => {
  const began = performance.now();
  for (let count = 0; count < connectsPerRound; count += 1) {
    const session = await variant.open(address, 1);
    await session.write(0);
    await session.close();
  }
  return (performance.now() - began) / connectsPerRound;
};

await benchmark(
  'connect',
  ['pg', '@aws-sdk/dsql-signer', '@aws/aurora-dsql-node-postgres-connector'],
  async (report, { rounds = roundsDefault }) => {
    const server = await startServer();
    const admin = await connectPg(server.dsql);
    await createTables(admin);
    await admin.end();
    const pair = counted();
    const [own, theirs] = pair;
    const tokensOf = async (one: Counted): Promise<number> => {
      await emptyTables(server);
      const tokens = await countTokens(one, server.dsql);
      await verifyEffects(server, one.variant.name, transactions);
      return tokens;
    };
    const signed = `tokens signed for ${transactions} transactions of ${clients} clients`;
    const [ownTokens, theirTokens] = [await tokensOf(own), await tokensOf(theirs)];
    compare(report, signed, 'tokens', ownTokens, theirTokens, bars.tokens);
    const ownFlights = await connectFlights(own, server.dsql);
    const theirFlights = await connectFlights(theirs, server.dsql);
    const flights = "flights of a connect, TCP's included";
    compare(report, flights, 'flights', ownFlights, theirFlights, bars.flights);
    for (const roundTripMs of [0, 5]) {
      await server.setDelays({ roundTripMs, commitMs: 0 });
      const byName = new Map(pair.map((one) => [one.variant.name, one]));
      const series = await interleave([...byName.keys()], rounds, (name) =>
        firstCommandMs(byName.get(name) as Counted, server.dsql),
      );
      const [ownMs = [], theirMs = []] = Object.values(series);
      report.say(
        `connect and first command at ${roundTripMs} ms round trip: ours ${range(ownMs, 1)} ms, the connector's ${range(theirMs, 1)} ms, ${ratioRange(ratios(theirMs, ownMs))} times ours`,
      );
      report.keep(`first command at ${roundTripMs} ms: antipode`, 'ms', ownMs);
      report.keep(`first command at ${roundTripMs} ms: AWS's connector`, 'ms', theirMs);
    }
    await server.stop();
  },
);
