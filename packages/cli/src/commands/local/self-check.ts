import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { CheckContext, CheckRegion, Scenario } from '../../local/scenario.ts';
import type { LocalStack, StackRegion } from '../../local/stack/local-stack.ts';
import type { Invocation } from '../../local/stack/region-services.ts';
import { type Json, objectOf, stringsOf } from '../../local/template/json.ts';
import { bodyOf } from './api-body.ts';
import { elapsedSeconds } from './report.ts';

const secondsMaxDefault = 10;

/** Short against what is waited for, long against what a look costs. */
const pollMs = 50;

const eventually: CheckContext['eventually'] = async (look, secondsMax = secondsMaxDefault) => {
  const deadline = performance.now() + secondsMax * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`nothing came within ${secondsMax} s`);
    await delay(pollMs);
  }
};

/** A function's error without its trace. */
const errorIn = (payload: string): string => {
  const error = objectOf(JSON.parse(payload) as Json);
  return [error['errorType'], error['errorMessage']].flatMap(stringsOf).join(': ') || payload;
};

const createClient = ({ region, url }: StackRegion): LambdaClient =>
  new LambdaClient({
    region,
    endpoint: url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // A retry would hide what the check is there to show.
    maxAttempts: 1,
  });

const checkRegion = (
  region: StackRegion,
  client: LambdaClient,
  invocations: readonly Invocation[],
): CheckRegion => {
  const invoke: CheckRegion['invoke'] = async (functionName, payload) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(text) }),
    );
    const body = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError) throw new Error(`${functionName} failed: ${errorIn(body)}`);
    return JSON.parse(body);
  };
  return {
    name: region.region,
    invoke,
    ask: async (functionName, payload) => bodyOf(functionName, await invoke(functionName, payload)),
    handled: (functionName, isExpected, secondsMax) =>
      eventually(async () => {
        const found = invocations.find(
          (one) =>
            !one.failed &&
            one.region === region.region &&
            one.functionName === functionName &&
            isExpected(JSON.parse(one.payload)),
        );
        return found?.endedAt;
      }, secondsMax),
  };
};

/**
 * Runs a scenario's check against a stack and prints each step with its time.
 *
 * @param invocations what the functions have been through; grows while the check runs
 * @returns whether it passed.
 */
export const runSelfCheck = async (
  { check }: Scenario,
  stack: Pick<LocalStack, 'regions'>,
  invocations: readonly Invocation[],
  print: (line: string) => void,
): Promise<boolean> => {
  const clients = stack.regions.map((region) => ({ region, client: createClient(region) }));
  const regions = clients.map(({ region, client }) => checkRegion(region, client, invocations));
  const [primary, secondary = primary] = regions;
  if (!primary || !secondary) throw new Error('the app is in no Region');
  let steps = 0;
  const step: CheckContext['step'] = async (title, run) => {
    const startedAt = performance.now();
    const report = (outcome: string, seen?: string) => {
      const ms = `${Math.round(performance.now() - startedAt)} ms`;
      const told = seen === undefined ? title : `${title}: ${seen}`;
      print(`  ${outcome.padEnd(4)} ${ms.padStart(8)}  ${told}`);
    };
    try {
      report('ok', (await run()) ?? undefined);
    } catch (cause) {
      report('FAIL', (cause as Error).message);
      throw new Error(`${title}: ${(cause as Error).message}`, { cause });
    }
    steps += 1;
    if (steps === 1) print(`       first answer ${elapsedSeconds()} after the start`);
  };
  print('Self-check');
  try {
    await check({ primary, secondary, step, eventually });
    print('The self-check passed.');
    return true;
  } catch (error) {
    print(`The self-check FAILED: ${(error as Error).message}`);
    return false;
  } finally {
    for (const { client } of clients) client.destroy();
  }
};
