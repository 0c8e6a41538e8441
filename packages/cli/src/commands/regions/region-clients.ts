import {
  type ClientSettings,
  loadCloudWatch,
  loadCloudWatchLogs,
  loadDsql,
  loadEventBridge,
  loadLambda,
  loadScheduler,
  loadSqs,
} from '../service/sdk.ts';

type Destroyable = { readonly destroy: () => void };

/** The clients of one Region; each is made once, when it is first used. */
export const createClients = (settings: ClientSettings) => {
  const made: Destroyable[] = [];
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let promise: Promise<T> | undefined;
    return () => {
      promise ??= make();
      return promise;
    };
  };
  const client = <T extends Destroyable>(Make: new (given: ClientSettings) => T): T => {
    const one = new Make(settings);
    made.push(one);
    return one;
  };
  return {
    lambda: once(async () => {
      const sdk = await loadLambda();
      return { sdk, client: client(sdk.LambdaClient) };
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
      return { sdk, client: client(sdk.SQSClient) };
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
