import {
  answerMsMax,
  type ClientSettings,
  loadCloudWatch,
  loadCloudWatchLogs,
  loadDsql,
  loadEventBridge,
  loadLambda,
  loadScheduler,
  loadSqs,
  patienceOf,
  queueSettings,
} from '../service/sdk.ts';

type Destroyable = { readonly destroy: () => void };

/** A function may have to start, and then tries the database. Milliseconds. */
const functionMsMax = 90_000;

const waits = { answerMs: answerMsMax, functionMs: functionMsMax };

/**
 * The clients of one Region; each is made once, when it is first used.
 *
 * @param options how long an attempt waits for a control plane, and for a function. Milliseconds.
 */
export const createClients = (
  settings: ClientSettings,
  { answerMs, functionMs }: typeof waits = waits,
) => {
  const made: Destroyable[] = [];
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let promise: Promise<T> | undefined;
    return () => {
      promise ??= make();
      return promise;
    };
  };
  const client = <T extends Destroyable>(
    Make: new (given: ClientSettings) => T,
    waitMs = answerMs,
    own = settings,
  ): T => {
    const one = new Make({ ...own, requestHandler: patienceOf(waitMs) });
    made.push(one);
    return one;
  };
  return {
    lambda: once(async () => {
      const sdk = await loadLambda();
      return { sdk, client: client(sdk.LambdaClient, functionMs) };
    }),
    dsql: once(async () => {
      const sdk = await loadDsql();
      return { sdk, client: client(sdk.DSQLClient) };
    }),
    events: once(async () => {
      const sdk = await loadEventBridge();
      return { sdk, client: client(sdk.EventBridgeClient) };
    }),
    sqs: once(async () => {
      const sdk = await loadSqs();
      return { sdk, client: client(sdk.SQSClient, answerMs, queueSettings(settings)) };
    }),
    scheduler: once(async () => {
      const sdk = await loadScheduler();
      return { sdk, client: client(sdk.SchedulerClient) };
    }),
    cloudWatch: once(async () => {
      const sdk = await loadCloudWatch();
      return { sdk, client: client(sdk.CloudWatchClient) };
    }),
    logs: once(async () => {
      const sdk = await loadCloudWatchLogs();
      return { sdk, client: client(sdk.CloudWatchLogsClient) };
    }),
    destroy: () => {
      for (const one of made) one.destroy();
    },
  };
};

export type Clients = ReturnType<typeof createClients>;
