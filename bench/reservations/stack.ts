import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Kysely } from 'kysely';
import { synthesize } from '../../packages/cli/src/commands/local/synthesize.ts';
import { outboxOptions } from '../../packages/cli/src/commands/outbox/options.ts';
import { runOutbox } from '../../packages/cli/src/commands/outbox/run-outbox.ts';
import { describeStack } from '../../packages/cli/src/commands/runs/running-stacks.ts';
import { writeStackAccess } from '../../packages/cli/src/commands/runs/stack-access.ts';
import {
  createLocalClock,
  type LocalStack,
  type StackRegion,
  startStack,
} from '../../packages/cli/src/local/index.ts';
import { createRunFolder } from '../../packages/local-dsql/src/runs/run-folder.ts';
import { createConnections, DsqlDialect } from '../../src/adapters/dsql/index.ts';
import type { AuditTables } from './audit.ts';

/** The service `examples/reservations` in both Regions of the local stack. */
export interface ReservationsStack {
  readonly primary: StackRegion;
  readonly secondary: StackRegion;
  /**
   * Asks the API of a Region, through the AWS SDK and once.
   *
   * @returns the status of its answer
   * @throws {Error} when the Region does not answer, or its function fails
   */
  readonly ask: (region: StackRegion, payload: object) => Promise<number>;
  /** The database by way of the primary Region, as its admin. */
  readonly db: Kysely<AuditTables>;
  readonly idle: () => Promise<void>;
  /**
   * Runs `antipode outbox republish` in the primary Region.
   *
   * @returns the line of JSON that it prints
   */
  readonly republish: (origin: string, since: Date) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** How many times sooner schedules come due than in AWS: the relay's minute takes one second. */
const scheduleSpeed = 60;

const directory = join(import.meta.dirname, '../../examples/reservations');

/** Connections for the audit, which reads one table after the other. */
const connectionsMax = 2;

const createAsk = (regions: readonly StackRegion[]) => {
  const clients = new Map(
    regions.map((region) => {
      const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
      const options = { region: region.region, endpoint: region.url, credentials, maxAttempts: 1 };
      return [region, new LambdaClient(options)];
    }),
  );
  return async (region: StackRegion, payload: object): Promise<number> => {
    const FunctionName = 'antipode-reservations-api';
    const Payload = Buffer.from(JSON.stringify(payload));
    const answer = await clients.get(region)?.send(new InvokeCommand({ FunctionName, Payload }));
    const text = Buffer.from(answer?.Payload ?? []).toString();
    if (answer?.FunctionError !== undefined) throw new Error(text);
    return JSON.parse(text).statusCode;
  };
};

/** Runs commands of a person beside the stack, who reaches it by the files of its run. */
const createOperator = (stack: LocalStack, environment: NodeJS.ProcessEnv) => {
  const folder = createRunFolder(directory);
  describeStack(folder, { directory });
  writeStackAccess(folder, stack);
  const run = async (...args: readonly string[]): Promise<string> => {
    const options = outboxOptions(args, environment, Date.now());
    if (!options) throw new Error(`antipode outbox ${args.join(' ')} is not understood`);
    const lines: string[] = [];
    const errors: string[] = [];
    const terminal = {
      ...{ directory, environment, interrupted: new AbortController().signal },
      print: (line: string) => void lines.push(line),
      warn: (line: string) => void errors.push(line),
      fail: (line: string) => void errors.push(line),
      onExit: () => undefined,
    };
    const person = { isThere: false, agrees: () => Promise.resolve(false) };
    const done = await runOutbox(options, terminal, person);
    if (!done) throw new Error([...lines, ...errors].join('\n'));
    return lines.join('\n');
  };
  return { run, remove: folder.remove };
};

const open = (region: StackRegion, { ca, dsqlKeys }: LocalStack) => {
  const { dsqlEndpoint: endpoint = '' } = region;
  const options = { endpoint, region: region.region, user: 'admin', ca, credentials: dsqlKeys };
  const connections = createConnections({ ...options, size: connectionsMax }, 'the audit');
  const db = new Kysely<AuditTables>({ dialect: new DsqlDialect({ connections }) });
  return { db, close: connections.close };
};

/**
 * Synthesizes the service and starts it.
 *
 * @param environment in which the app reads its configuration, such as `PAYMENT_MS_MAX`
 */
export const startReservations = async (
  environment: NodeJS.ProcessEnv,
): Promise<ReservationsStack> => {
  const output = await mkdtemp(join(tmpdir(), 'antipode-reservations-'));
  const { signal } = new AbortController();
  const app = { app: 'node infra/app.ts', directory, context: {}, environment, signal };
  const stack = await startStack({
    assembly: synthesize({ ...app, output }).then(() => output),
    clock: createLocalClock({ speed: scheduleSpeed }),
  });
  const [primary, secondary] = stack.regions;
  if (!primary || !secondary) throw new Error('The app has not two Regions');
  const operator = createOperator(stack, environment);
  const { db, close } = open(primary, stack);
  return {
    ...{ primary, secondary, db },
    idle: stack.idle,
    ask: createAsk(stack.regions),
    republish: (origin, since) => {
      const chosen = ['--origin', origin, '--since', since.toISOString()];
      return operator.run('republish', '--region', primary.region, ...chosen, '--yes', '--json');
    },
    stop: async () => {
      await close();
      operator.remove();
      await stack.stop();
      await rm(output, { recursive: true, force: true });
    },
  };
};
