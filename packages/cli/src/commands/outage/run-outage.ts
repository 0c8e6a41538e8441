import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import type { StackState } from '../../local/stack/control-route.ts';
import { stacksOf } from '../runs/running-stacks.ts';
import { type ControlAccess, readStackAccess } from '../runs/stack-access.ts';
import type { OutageOptions } from './options.ts';

/** @throws {UsageError} when no stack of this folder takes commands */
const controlOf = ({ directory }: Pick<Terminal, 'directory'>): ControlAccess => {
  const [control] = stacksOf(directory).running.flatMap(
    ({ folder }) => readStackAccess(folder)?.control ?? [],
  );
  if (control) return control;
  throw new UsageError(
    'no local stack was started in this folder: go to the folder of the stack that runs, or start one with antipode local',
  );
};

const request = async (
  { url, token }: ControlAccess,
  change: OutageOptions['change'],
): Promise<StackState> => {
  const path = change ? `/${change.kind}/${change.name}/${change.verb}` : '/';
  const response = await fetch(`${url}${path}`, {
    method: change ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}` },
  }).catch((cause: unknown) => {
    throw new Error('the stack does not answer: it is ending', { cause });
  });
  if (response.ok) return (await response.json()) as StackState;
  if (response.status === 404 && change?.kind === 'regions') {
    const { regions } = await request({ url, token }, undefined);
    const names = regions.map(({ region }) => region).join(' and ');
    throw new UsageError(`the local stack is in ${names}, not in ${change.name}`);
  }
  const { message } = (await response.json()) as { readonly message: string };
  throw new Error(message);
};

const linesOf = ({ regions, links, crashes }: StackState): readonly string[] => [
  ...regions.map(({ region, running }) => `${region}  ${running ? 'runs' : 'is stopped'}`),
  ...links.map(({ between, cut }) => `${between.join(' - ')}  ${cut ? 'is cut' : 'is linked'}`),
  ...crashes.map((point) => `the next process that publishes  will be killed: ${point}`),
];

/**
 * `antipode local region`, `link` and `crash`: changes the stack that runs in this folder, and
 * prints which Regions and links work then, and which crashes are planned.
 *
 * @throws {UsageError} when no stack runs here, or it is in other Regions
 * @throws {Error} with one line when a port of a Region that comes back has been taken
 */
export const runOutage = async (
  { change, json }: OutageOptions,
  terminal: Pick<Terminal, 'directory' | 'print'>,
): Promise<void> => {
  const state = await request(controlOf(terminal), change);
  const lines = json ? [JSON.stringify(state)] : linesOf(state);
  for (const line of lines) terminal.print(line);
};
