import { number, object, string } from 'valibot';
import {
  createConnections,
  createTransactions,
  environmentCredentials,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import {
  createPowertoolsLogger,
  createPowertoolsMetrics,
} from '../../../src/adapters/powertools/index.ts';
import { systemClock } from '../../../src/adapters/system/index.ts';
import { declareEvents, type EventEnvelope } from '../../../src/domain/kernel/index.ts';
import { createEventHandler } from '../../../src/handlers/runtime/index.ts';

/**
 * Consumers that fail, each in a way of its own: `BREAK=consumer-<name>` puts one in the place of
 * the listener.
 */

const { env } = process;

type Consume = Parameters<typeof createEventHandler<EventEnvelope>>[0]['consume'];

const parts = {
  consumer: 'planted',
  clock: systemClock,
  logger: createPowertoolsLogger(),
  metrics: createPowertoolsMetrics(),
  tracer: { span: <Result>(_: string, run: () => Promise<Result>) => run() },
};

/** The notes' events are in no envelope, and these consumers do not look at them. */
const consumer = (consume: Consume) =>
  createEventHandler({
    ...parts,
    catalogue: { parse: (detail) => detail as EventEnvelope },
    consume,
  });

const readRates = () => {
  try {
    return JSON.parse('{oops');
  } catch (cause) {
    throw new Error('the rates cannot be read', { cause });
  }
};

export const nested = consumer(async () => {
  try {
    return readRates();
  } catch (cause) {
    throw new Error(`The note cannot be ${'re'.repeat(200)}valued`, { cause });
  }
});

export const slow = consumer(async () => {
  console.log('asking for the rates');
  return new Promise<never>(() => void setTimeout(() => undefined, 60_000));
});

export const sql = consumer(async () => {
  const connections = createConnections({
    endpoint: env['DSQL_ENDPOINT'] ?? '',
    region: env['AWS_REGION'] ?? '',
    user: env['DSQL_USER'] ?? '',
    credentials: () => environmentCredentials(env),
    size: 1,
  });
  const locked = statement('SELECT id FROM notes FOR SHARE');
  await createTransactions({ connections }).run((tx) => tx.read(locked));
  throw new Error('unreachable');
});

const events = declareEvents('notes', {
  Written: { version: 1, schema: object({ id: string(), words: number() }) },
});

export const schema = createEventHandler({
  ...parts,
  catalogue: events,
  consume: () => Promise.reject(new Error('unreachable')),
});

export const memory = consumer(async (): Promise<never> => {
  // In large pieces: many small ones keep the collector busy beyond the timeout where processors
  // are.
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(kept.length));
});

export const leaves = consumer(async (): Promise<never> => process.exit(3));
