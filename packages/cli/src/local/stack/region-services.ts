import type { HttpServer, Route } from 'antipode-local-dsql/http';
import type { LocalClock } from '../clock.ts';
import { createMetricStore, embeddedMetrics, type MetricStore } from '../cloudwatch/index.ts';
import {
  createFunctionUrls,
  createInvokeApi,
  createListFunctions,
  createVersionedFunction,
  type FunctionUrlCors,
  type InvocableFunction,
  type InvocationResult,
  type ProcessBudget,
  parseIdentifier,
  type SendToDestination,
  type VersionedFunction,
} from '../lambda/index.ts';
import type { Outage } from '../outage.ts';
import { type Sqs, sqsRoute } from '../sqs/index.ts';
import { localAccount } from '../template/identities.ts';
import type { SigningKeys } from './credentials.ts';
import type { DescribedFunction } from './plan/function-settings.ts';

/** An invocation of a function that has ended, by any caller. */
export type Invocation = {
  readonly region: string;
  readonly functionName: string;
  /** Lambda's id, which all attempts at an asynchronous event share. */
  readonly requestId: string;
  /** JSON text of the event. */
  readonly payload: string;
  /** JSON text of the answer or the error. */
  readonly answer: string;
  readonly failed: boolean;
  /** Milliseconds without the init phase; `undefined` where that has failed. */
  readonly durationMs: number | undefined;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
};

/** A line that a function wrote. */
export type LogLine = {
  readonly region: string;
  readonly functionName: string;
  readonly line: string;
};

/** The services and settings that a Region's functions are connected to. */
export type RegionDeps = {
  readonly region: string;
  readonly clock: LocalClock;
  readonly http: Pick<HttpServer, 'url'>;
  /** File with the certificate of the authority behind the DSQL endpoints. */
  readonly caFile: string;
  readonly issueKeys: (roleArn: string) => SigningKeys;
  readonly sqs: Sqs;
  readonly sendToDestination: SendToDestination;
  /** The budget that the functions of all Regions share. */
  readonly processBudget: ProcessBudget;
  /** While it lasts the functions run nothing. */
  readonly outage: Outage;
  readonly onLog: (line: LogLine) => void;
  readonly onInvocation: (invocation: Invocation) => void;
  /** Draws the version of each request to an alias, 0 to less than 1; random unless given. */
  readonly draw?: () => number;
};

/** The services of one Region, with the app's queues, functions and buses in them. */
export interface RegionServices {
  /** The routes of the Region's port. */
  readonly routes: readonly Route[];
  readonly functions: ReadonlyMap<string, VersionedFunction>;
  readonly functionUrls: ReadonlyMap<string, string>;
  readonly sqs: Sqs;
  /** The metrics of versions, and those in logs. */
  readonly metrics: MetricStore;
  readonly addFunction: (settings: DescribedFunction) => void;
  /** Ends the function. */
  readonly removeFunction: (name: string) => Promise<void>;
  /**
   * Gives a function an address, or changes who may use it.
   *
   * @param name that of the function, with `:` and the alias where it has one
   */
  readonly addFunctionUrl: (name: string, cors: FunctionUrlCors | undefined) => void;
  readonly removeFunctionUrl: (name: string) => void;
  readonly stop: () => Promise<void>;
}

/** Services whose AWS clients are led to this Region's port. */
const routedServices = ['CLOUDFORMATION', 'CODEDEPLOY', 'DSQL', 'EVENTBRIDGE', 'LAMBDA', 'SQS'];

/**
 * Counts an invocation by an alias for each version, as Lambda does (developer guide, dimensions of
 * metrics). No alarm that something here acts on reads its other metrics.
 */
const countInvocation = (
  metrics: MetricStore,
  ran: { readonly functionName: string; readonly alias: string; readonly version: string },
  { functionError, durationMs }: InvocationResult,
): void => {
  const { functionName, alias, version } = ran;
  const dimensions = {
    FunctionName: functionName,
    Resource: `${functionName}:${alias}`,
    ExecutedVersion: version,
  };
  const add = (name: string, value: number) =>
    metrics.add({ namespace: 'AWS/Lambda', name, dimensions }, value);
  add('Invocations', 1);
  add('Errors', functionError === undefined ? 0 : 1);
  if (durationMs !== undefined) add('Duration', durationMs);
};

export const createRegionServices = (deps: RegionDeps): RegionServices => {
  const { region, clock, http, caFile, issueKeys, sqs, sendToDestination, processBudget } = deps;
  const { outage, onLog, onInvocation } = deps;
  const functions = new Map<string, VersionedFunction>();
  const metrics = createMetricStore(clock.now);
  const functionUrls = new Map<string, string>();
  const corsByName = new Map<string, FunctionUrlCors>();
  const localEnvironment = Object.fromEntries([
    ...routedServices.map((service) => [`AWS_ENDPOINT_URL_${service}`, http.url]),
    ['NODE_EXTRA_CA_CERTS', caFile],
    ['CUSTOM_RESOURCE_RESPONSE_ORIGIN', http.url],
  ]);
  const functionNamed = (name: string) => functions.get(name);
  const qualified = (name: string, qualifier: string) => functions.get(name)?.qualified(qualifier);
  /** @param name with its qualifier */
  const named = (whole: string): InvocableFunction | undefined => {
    const { name = whole, qualifier } = parseIdentifier(whole) ?? {};
    return qualifier === undefined ? functionNamed(name) : qualified(name, qualifier);
  };
  /** As it is now: the role of a function may change. */
  const roleOf = (name: string) => functions.get(name)?.configuration.template?.roleArn;
  return {
    functions,
    functionUrls,
    sqs,
    metrics,
    routes: [
      createInvokeApi({ region, accountId: localAccount, functionNamed, qualified }),
      createListFunctions(() => [...functions.values()]),
      createFunctionUrls({
        functionNamed: (name) => (functionUrls.has(name) ? named(name) : undefined),
        corsOf: (name) => corsByName.get(name),
      }),
      sqsRoute(sqs, () => http.url),
    ],
    addFunction: (settings) => {
      const functionName = settings.name;
      const local = createVersionedFunction({
        ...settings,
        ...(deps.draw && { draw: deps.draw }),
        localEnvironment,
        clock,
        // Keys of its own tell which process has sent a request.
        credentials: () => issueKeys(roleOf(functionName) ?? settings.template.roleArn),
        processBudget,
        outage,
        sendToDestination,
        onLog: (line) => {
          for (const { metric, value } of embeddedMetrics(line)) metrics.add(metric, value);
          onLog({ region, functionName, line });
        },
        onResult: ({ payload, alias }, result, version) => {
          if (alias !== undefined)
            countInvocation(metrics, { functionName, alias, version }, result);
          onInvocation({
            region,
            functionName,
            requestId: result.requestId,
            payload,
            answer: result.payload,
            failed: result.functionError !== undefined,
            durationMs: result.durationMs,
            endedAt: clock.now(),
          });
        },
      });
      functions.set(functionName, local);
    },
    addFunctionUrl: (name, cors) => {
      if (cors) corsByName.set(name, cors);
      else corsByName.delete(name);
      functionUrls.set(name, `${http.url}/function-urls/${name}/`);
    },
    removeFunction: async (name) => {
      const removed = functions.get(name);
      functions.delete(name);
      await removed?.stop();
    },
    removeFunctionUrl: (name) => {
      corsByName.delete(name);
      functionUrls.delete(name);
    },
    stop: async () => {
      await Promise.all([...functions.values()].map((one) => one.stop()));
    },
  };
};
