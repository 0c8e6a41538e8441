import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  ListStacksCommand,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { DSQLClient, ListClustersCommand } from '@aws-sdk/client-dsql';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  createLocalClock,
  type LocalStack,
  type StackOptions,
  startStack,
} from '../../../packages/cli/src/local/index.ts';

/** How many times faster than AWS schedules and retries run: a minute takes two seconds. */
const speed = 30;

export const bothRegions = ['us-east-1', 'us-west-2'] as const;

export type RegionName = (typeof bothRegions)[number];

/** The answer of a function behind an API. */
export type ApiAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
};

/** A running local stack without an app, as AWS's clients see it. */
export interface LivePlace {
  readonly stack: LocalStack;
  /** The port of the primary Region. */
  readonly url: string;
  /** A folder of this place, which goes with it. */
  readonly folder: string;
  readonly lines: readonly string[];
  /** Name and status of each stack that exists. */
  readonly statuses: () => Promise<readonly string[]>;
  /** The last first. */
  readonly events: (region: RegionName, stack: string) => Promise<readonly StackEvent[]>;
  /** Identifiers of the clusters of a Region; of both unless given. */
  readonly clusters: (region?: RegionName) => Promise<readonly string[]>;
  /** Invokes an API through AWS's client, without a retry. */
  readonly ask: (region: RegionName, functionName: string, payload: unknown) => Promise<ApiAnswer>;
  readonly stop: () => Promise<void>;
}

/** One client of each kind for each Region, all at one address. */
const clientsFor = (endpoint: string) => {
  const settings = {
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const perRegion = <Client>(make: (region: string) => Client) =>
    Object.fromEntries(bothRegions.map((region) => [region, make(region)])) as Record<
      RegionName,
      Client
    >;
  return {
    cloudFormation: perRegion((region) => new CloudFormationClient({ ...settings, region })),
    lambda: perRegion((region) => new LambdaClient({ ...settings, region })),
    dsql: perRegion((region) => new DSQLClient({ ...settings, region })),
  };
};

const readAnswer = (payload: Uint8Array | undefined): ApiAnswer => {
  const { statusCode, headers = {}, body } = JSON.parse(Buffer.from(payload ?? []).toString());
  return { status: statusCode, headers, body: JSON.parse(body) };
};

/** Starts a local stack that waits for deployments. */
export const openLivePlace = async (
  options: Pick<StackOptions, 'canaryMinuteMs'> = {},
): Promise<LivePlace> => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-deploy-'));
  const lines: string[] = [];
  const stack = await startStack({
    ...options,
    clock: createLocalClock({ speed }),
    onProgress: (line) => lines.push(line),
  });
  const url = stack.regions[0]?.url ?? '';
  const { cloudFormation, lambda, dsql } = clientsFor(url);
  const clients = [cloudFormation, lambda, dsql].flatMap((one) => Object.values(one));
  return {
    stack,
    url,
    folder,
    lines,
    statuses: async () => {
      const lists = bothRegions.map(async (region) => {
        const { StackSummaries = [] } = await cloudFormation[region].send(
          new ListStacksCommand({}),
        );
        return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
      });
      return (await Promise.all(lists))
        .flat()
        .map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`)
        .sort();
    },
    events: async (region, StackName) => {
      const answer = await cloudFormation[region].send(
        new DescribeStackEventsCommand({ StackName }),
      );
      return answer.StackEvents ?? [];
    },
    clusters: async (only) => {
      const asked = bothRegions.filter((region) => only === undefined || region === only);
      const lists = asked.map((region) => dsql[region].send(new ListClustersCommand({})));
      return (await Promise.all(lists)).flatMap(({ clusters = [] }) =>
        clusters.map(({ identifier = '' }) => identifier),
      );
    },
    ask: async (region, FunctionName, payload) => {
      const { Payload, FunctionError } = await lambda[region].send(
        new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) }),
      );
      if (FunctionError) throw new Error(Buffer.from(Payload ?? []).toString());
      return readAnswer(Payload);
    },
    stop: async () => {
      for (const client of clients) client.destroy();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
