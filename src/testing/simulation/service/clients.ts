import type { SimulatedLambda } from '../cloud/lambda.ts';
import type { Regions } from '../cloud/regions.ts';
import type { Machine } from '../machine/process.ts';
import { hashText, seededRandom } from '../machine/seeded-random.ts';
import type { History } from '../oracles/history.ts';
import type { RegionFunctions } from './functions.ts';
import type { SimulatedCommand } from './scenario.ts';

/** How often a client sends a request that nobody has answered. */
const attemptsMax = 6;

/** How long a client waits before it sends a request again. Milliseconds. */
const retryMs = [200, 15_000] as const;

/** How long a client waits for an answer beyond the function's timeout. Milliseconds. */
const patienceMs = 2_000;

/** Clients that send the commands of a seed, each until it has an answer. */
export const startClients = (
  machine: Machine,
  parts: {
    readonly regions: Regions;
    readonly lambda: SimulatedLambda;
    readonly history: History;
    readonly functions: ReadonlyMap<string, RegionFunctions>;
    readonly timeoutMs: number;
  },
  commands: readonly SimulatedCommand[],
  /** Milliseconds in which the clients begin. */
  withinMs: number,
): { readonly openCount: () => number } => {
  const { scheduler, faults, random, story } = machine;
  const { regions, lambda, history, functions, timeoutMs } = parts;
  let open = 0;

  const send = ({ key, request }: SimulatedCommand, region: string, attempt: number): void => {
    const text = JSON.stringify(request);
    const who = `The client of ${key}`;
    if (story.isTold) story.tell(who, `sends ${text} to ${region}`);
    let isOver = false;
    const cancelTimeout = scheduler.unless(timeoutMs + patienceMs, 'client: timeout', () =>
      again('it waits no longer'),
    );
    const over = (): boolean => {
      const before = isOver;
      isOver = true;
      cancelTimeout();
      return before;
    };
    const again = (why: string): void => {
      if (over()) return;
      if (story.isTold) story.tell(who, `has no answer: ${why}`);
      if (attempt === attemptsMax) {
        open -= 1;
        return;
      }
      const next = random.chance(0.5) ? region : regions.other(region);
      const waitMs = random.within(retryMs);
      scheduler.after(waitMs, undefined, 'client: again', () =>
        send({ key, request }, next, attempt + 1),
      );
    };
    const answered = (value: unknown): void => {
      const { status, result } = value as { readonly status: string; readonly result?: unknown };
      history.addAnswer({ key, request: text, status, text: JSON.stringify(result ?? null) });
      if (over()) return;
      if (story.isTold) story.tell(who, `is told: ${JSON.stringify(value)}`);
      if (attempt < attemptsMax && faults.happens('client in doubt')) {
        scheduler.after(random.within(retryMs), undefined, 'client: in doubt', () =>
          send({ key, request }, regions.other(region), attempt + 1),
        );
        return;
      }
      open -= 1;
    };
    const fn = functions.get(region)?.api;
    if (!fn) throw new Error(`There is no Region ${region}`);
    scheduler.after(regions.latencyMs(), undefined, 'client: sent', () => {
      lambda.invoke(fn, text, (end) => {
        if (!end.ok) again(end.reason);
        else if (faults.happens('client answer lost')) again('the answer is lost');
        else answered(end.value);
      });
    });
  };

  // A stream of their own: with fewer commands, the others begin when they did.
  const starts = seededRandom(machine.seed, 'clients');
  for (const command of commands) {
    open += 1;
    const region = regions.names[hashText(command.key) % 2] ?? regions.names[0];
    scheduler.after(starts.between(0, withinMs), undefined, 'client: begins', () =>
      send(command, region, 1),
    );
  }
  return { openCount: () => open };
};
