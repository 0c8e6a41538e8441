import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { synthesize } from '../../../packages/cli/src/commands/local/synthesize.ts';
import {
  createLocalClock,
  type Invocation,
  type LocalStack,
  type StackOptions,
  type StackRegion,
  startStack,
} from '../../../packages/cli/src/local/index.ts';

/**
 * How many times faster than AWS schedules and retries run: the relay's minute takes two seconds.
 */
const speed = 30;

const directory = join(import.meta.dirname, '../../..');

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a body.
  readonly body: any;
};

type BusEvent = { readonly source: string; readonly type: string; readonly detail: unknown };

/** The ledger, deployed to the local stack, as its callers see it. */
export interface LedgerStack {
  readonly stack: LocalStack;
  readonly primary: StackRegion;
  readonly secondary: StackRegion;
  readonly invocations: readonly Invocation[];
  /** Invokes the API through the AWS SDK. */
  readonly ask: (region: StackRegion, payload: unknown) => Promise<Answer>;
  /** Puts an event on the bus of a Region through the AWS SDK. */
  readonly put: (region: StackRegion, event: BusEvent) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Times of the outbox that a test waits for, in place of those of a deployment. Milliseconds. */
export type ShortTimes = { readonly graceMs: number; readonly takeoverAgeMs: number };

/**
 * Writes shorter times into the synthesized templates. Schedules can be sped up; ages in the
 * database cannot.
 */
const shorten = async (output: string, { graceMs, takeoverAgeMs }: ShortTimes): Promise<void> => {
  const names = await readdir(output);
  for (const name of names.filter((one) => one.endsWith('.template.json'))) {
    const file = join(output, name);
    const text = await readFile(file, 'utf8');
    const changed = text
      .replaceAll(/("OUTBOX_GRACE_MS": ?)"\d+"/g, `$1"${graceMs}"`)
      .replaceAll(/("OUTBOX_TAKEOVER_AGE_MS": ?)"\d+"/g, `$1"${takeoverAgeMs}"`);
    await writeFile(file, changed);
  }
};

/**
 * Synthesizes the app and starts both Regions of it.
 *
 * @param app the command that synthesizes it
 * @param settings of its deployment
 */
export const startLedger = async (
  options: Partial<StackOptions> = {},
  app = 'node --import ./test/support/kept-bundles.ts infra/ledger/app.ts',
  settings: Readonly<Record<string, string>> = {},
  times?: ShortTimes,
): Promise<LedgerStack> => {
  const output = await mkdtemp(join(tmpdir(), 'antipode-e2e-'));
  const invocations: Invocation[] = [];
  const stack = await startStack({
    assembly: synthesize({
      app,
      directory,
      context: {},
      output,
      environment: { ...process.env, ...settings },
      signal: new AbortController().signal,
    }).then(async () => {
      if (times) await shorten(output, times);
      return output;
    }),
    clock: createLocalClock({ speed }),
    onInvocation: (invocation) => invocations.push(invocation),
    ...options,
  });
  const [primary, secondary] = stack.regions;
  if (!primary || !secondary) throw new Error('The app has not two Regions');
  const optionsOf = ({ region, url }: StackRegion) => ({
    region,
    endpoint: url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const clientOf = (region: StackRegion) => new LambdaClient(optionsOf(region));
  const clients = new Map(stack.regions.map((region) => [region, clientOf(region)]));
  return {
    stack,
    primary,
    secondary,
    invocations,
    ask: async (region, payload) => {
      const client = clients.get(region) ?? clientOf(region);
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({
          FunctionName: 'antipode-ledger-api',
          Payload: Buffer.from(JSON.stringify(payload)),
        }),
      );
      const text = Buffer.from(Payload ?? []).toString();
      if (FunctionError) throw new Error(text);
      const { statusCode, headers, body } = JSON.parse(text);
      return { status: statusCode, headers, body: JSON.parse(body) };
    },
    put: async (region, { source, type, detail }) => {
      const client = new EventBridgeClient(optionsOf(region));
      const entry = { Source: source, DetailType: type, Detail: JSON.stringify(detail) };
      const Entries = [{ ...entry, EventBusName: 'antipode-ledger' }];
      const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries }));
      client.destroy();
      if (FailedEntryCount !== 0) throw new Error('The bus has not taken the event');
    },
    stop: async () => {
      await stack.stop();
      await rm(output, { recursive: true, force: true });
    },
  };
};
