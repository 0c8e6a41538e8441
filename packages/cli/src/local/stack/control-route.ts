import { timingSafeEqual } from 'node:crypto';
import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import { type CrashPoint, crashPoints } from '../eventbridge/index.ts';
import { type Link, linksOf, setLinksCut } from './links.ts';
import type { LocalStack } from './local-stack.ts';

/** Which Regions and links of a stack work, and which crashes are planned. */
export type StackState = {
  readonly regions: readonly { readonly region: string; readonly running: boolean }[];
  readonly links: readonly Link[];
  /** The crashes of the next processes that publish, in their order. */
  readonly crashes: readonly CrashPoint[];
};

type ControlledStack = {
  readonly regions: readonly Pick<
    LocalStack['regions'][number],
    'region' | 'isRunning' | 'stop' | 'start'
  >[];
  readonly network: Pick<LocalStack['network'], 'cut' | 'restore' | 'isCut'>;
  readonly crashes: LocalStack['crashes'];
};

const stackState = (stack: ControlledStack): StackState => ({
  regions: stack.regions.map(({ region, isRunning }) => ({ region, running: isRunning() })),
  links: linksOf(stack),
  crashes: stack.crashes.pending(),
});

const isAllowed = ({ headers }: HttpRequest, token: string): boolean => {
  const given = Buffer.from(headers['authorization'] ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const refusal = (status: number, message: string): HttpResponse => ({
  status,
  body: JSON.stringify({ message }),
});

/** `/regions/<name>/stop` and the like. */
const pathPattern = /^\/(regions|links|crashes)\/([a-z\d-]+)\/(stop|start|cut|mend|plan)$/;

/** Changes one part of the stack; `undefined` where there is no such part or change. */
const change = (
  stack: ControlledStack,
  [kind, name, verb]: readonly string[],
): Promise<void> | undefined => {
  if (kind === 'regions') {
    const region = stack.regions.find((one) => one.region === name);
    if (verb === 'stop') return region?.stop();
    return verb === 'start' ? region?.start() : undefined;
  }
  if (kind === 'crashes') {
    const point = crashPoints.find((one) => one === name);
    return point && verb === 'plan' ? Promise.resolve(stack.crashes.add(point)) : undefined;
  }
  if (name !== 'all') return undefined;
  if (verb !== 'cut' && verb !== 'mend') return undefined;
  return Promise.resolve(setLinksCut(stack, verb === 'cut'));
};

/** One line for a person about a change. */
const lineOf = ([, name = '', verb = '']: readonly string[]): string =>
  ({
    stop: `${name} is stopped`,
    start: `${name} is back`,
    cut: 'the link between the Regions is cut',
    mend: 'the link between the Regions is mended',
    plan: `the next process that publishes will be killed: ${name}`,
  })[verb] ?? '';

/**
 * Serves the state of a stack, and changes of it: `GET /`, `POST /regions/<name>/stop` and
 * `/start`, `POST /links/all/cut` and `/mend`, `POST /crashes/<point>/plan`. Each answers with the
 * state after it.
 *
 * @param token the secret that a request carries as `Authorization: Bearer`
 * @param onChange receives one line for each change
 */
export const controlRoute =
  (stack: ControlledStack, token: string, onChange: (line: string) => void): Route =>
  async (request) => {
    const { method, path } = request;
    if (!isAllowed(request, token)) return refusal(401, 'The secret of this stack is missing.');
    if (method === 'POST') {
      const [, ...parts] = pathPattern.exec(path) ?? [];
      try {
        const changed = change(stack, parts);
        if (changed === undefined) return refusal(404, `There is no ${path}`);
        await changed;
      } catch (error) {
        return refusal(409, (error as Error).message);
      }
      onChange(lineOf(parts));
    } else if (method !== 'GET' || path !== '/') {
      return refusal(404, `There is no ${method} ${path}`);
    }
    return { status: 200, body: JSON.stringify(stackState(stack)) };
  };
