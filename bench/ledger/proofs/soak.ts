/**
 * Loads the ledger's stack for half an hour, and ends with 1 when a request fails, a total is
 * wrong, the memory of the runner grows, or the stack needs more memory than a laptop has for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { growthPerRequest, type MemorySample } from '../../support/memory-trend.ts';
import {
  accountsOpened,
  createApi,
  type Load,
  openAccounts,
  readTally,
  startLoad,
  type Tally,
} from '../soak/clients.ts';
import { type SoakedStack, type StackMemory, startSoakedStack } from '../soak/stack.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '16' },
  },
  // `npm run proofs -- soak` leaves its name there.
  allowPositionals: true,
});

/** Half of a laptop with 8 GB: the system, an editor and a browser have the rest. Megabytes. */
const stackMbMax = 4_096;

/** A kept answer is 1 kB and more. */
const growthBytesMax = 200;

/**
 * A heap that keeps nothing differs by a few MB from one collection to the next, which is much for
 * few requests.
 */
const growthMbMin = 4;

const sampleMs = 10_000;
const samplesPerMinute = 60_000 / sampleMs;

/** Until then functions start, V8 compiles and caches fill: a third of a short run. */
const warmUpMinutesMax = 5;

/**
 * Time for the consumers to read the last events, and for the relay, which runs each minute, to
 * send again.
 */
const settleMsMax = 5 * 60_000;

type Sample = StackMemory & { readonly requests: number };

/** The memory that the stack needs as it runs, and that the runner holds after each collection. */
type Memory = { readonly samples: readonly Sample[]; readonly held: readonly MemorySample[] };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const totalMb = (one: StackMemory): number => one.runnerMb + one.functionsMb + one.postgresMb;

const line = (minute: number, errors: number, sample: Sample, heldMb: number): string =>
  [
    `${String(minute).padStart(3)} min`,
    `${sample.requests} requests`,
    `${errors} errors`,
    `runner ${sample.runnerMb.toFixed(0)} MB (${heldMb.toFixed(1)} held after a collection)`,
    `${sample.functions} function processes ${sample.functionsRssMb.toFixed(0)} MB resident`,
    `all with PostgreSQL ${totalMb(sample).toFixed(0)} MB`,
  ].join(', ');

const watch = async (stack: SoakedStack, load: Load, minutes: number): Promise<Memory> => {
  const samples: Sample[] = [];
  const held: MemorySample[] = [];
  const warmUp = Math.min(warmUpMinutesMax, minutes / 3) * samplesPerMinute;
  for (let number = 1; number <= minutes * samplesPerMinute; number += 1) {
    await delay(sampleMs);
    const sample = { ...(await stack.memory()), requests: load.requests() };
    samples.push(sample);
    if (number % samplesPerMinute !== 0) continue;
    const mb = await stack.heldMb();
    if (number >= warmUp) held.push({ requests: load.requests(), mb });
    say(line(number / samplesPerMinute, load.errors(), sample, mb));
  }
  return { samples, held };
};

const plus = (one: Tally, other: Tally): Tally => ({
  deposits: one.deposits + other.deposits,
  deposited: one.deposited + other.deposited,
  transfers: one.transfers + other.transfers,
  transferred: one.transferred + other.transferred,
});

/** The totals once they are as expected, or as they are after the longest wait. */
const settledTally = async (url: string, expected: Tally): Promise<Tally> => {
  const api = createApi(url);
  const deadline = Date.now() + settleMsMax;
  for (;;) {
    const found = await readTally(api);
    const isSettled = JSON.stringify(found) === JSON.stringify(expected);
    if (isSettled || Date.now() > deadline) return found;
    await delay(1_000);
  }
};

const judge = (what: string, value: string, isMet: boolean): boolean => {
  say(`${isMet ? 'ok  ' : 'FAIL'}  ${what}: ${value}`);
  return isMet;
};

const judgeMemory = ({ samples, held }: Memory): readonly boolean[] => {
  const growth = growthPerRequest(held);
  const requests = (held.at(-1)?.requests ?? 0) - (held[0]?.requests ?? 0);
  const grownMb = (growth * requests) / 1024 / 1024;
  const most = Math.max(...samples.map(totalMb));
  return [
    judge(
      `the runner holds at most ${growthBytesMax} bytes more for each request after the warm-up, or ${growthMbMin} MB in all`,
      `${growth.toFixed(0)} bytes, ${grownMb.toFixed(1)} MB in ${requests} requests`,
      growth <= growthBytesMax || grownMb <= growthMbMin,
    ),
    judge(
      `the stack needs at most ${stackMbMax} MB`,
      `${most.toFixed(0)} MB, at most ${Math.max(...samples.map((one) => one.functions))} function processes`,
      most <= stackMbMax,
    ),
  ];
};

const soak = async (minutes: number, clients: number): Promise<boolean> => {
  const stack = await startSoakedStack();
  try {
    const [url = ''] = stack.urls;
    const before = await readTally(createApi(url));
    await openAccounts(createApi(url));
    say(`${clients} clients in ${stack.urls.length} Regions, ${minutes} min`);
    const load = startLoad(stack.urls, clients);
    const memory = await watch(stack, load, minutes);
    await load.stop();
    const expected = plus(plus(before, accountsOpened), load.tally);
    const found = await settledTally(url, expected);
    for (const mistake of load.mistakes) say(`      ${mistake}`);
    const verdicts = [
      judge('no request fails', `${load.errors()} of ${load.requests()}`, load.errors() === 0),
      judge(
        'the totals are exact',
        `${JSON.stringify(found)} of ${JSON.stringify(expected)}`,
        JSON.stringify(found) === JSON.stringify(expected),
      ),
      ...judgeMemory(memory),
    ];
    return verdicts.every(Boolean);
  } finally {
    await stack.stop();
  }
};

const wanted = { minutes: Number(values.minutes), clients: Number(values.clients) };
/** The memory of a shorter run is measured once, which tells no growth. */
const minutesMin = 2;
const isGiven =
  Object.values(wanted).every((number) => Number.isInteger(number) && number > 0) &&
  wanted.minutes >= minutesMin;
if (!isGiven) {
  process.stderr.write(
    `Give --minutes a whole number from ${minutesMin}, and --clients one above 0.\n`,
  );
}
const isSound = isGiven && (await soak(wanted.minutes, wanted.clients));
process.exitCode = isSound ? 0 : 1;
