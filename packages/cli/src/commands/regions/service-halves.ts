import { defined } from 'antipode/internal/domain';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { stacksOf } from '../runs/running-stacks.ts';
import { readStackAccess } from '../runs/stack-access.ts';
import { type FoundService, findService } from '../service/find-service.ts';
import type { ServiceChoice } from '../service/options.ts';

/** One Region's half of a service, or why it was not found. */
export type ServiceHalf = {
  readonly region: string;
  readonly service?: FoundService;
  readonly error?: Error;
};

/** How both halves are found. */
export type HalvesChoice = ServiceChoice & {
  /** The stack in the other Region, where no output of the first one names it. */
  readonly peer?: { readonly stack: string; readonly region: string };
};

const tryToFind = async (
  choice: ServiceChoice & { readonly region: string },
  terminal: Terminal,
): Promise<ServiceHalf> => {
  const { region } = choice;
  try {
    return { region, service: await findService(choice, terminal) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return { region, error: error as Error };
  }
};

/** The other half of a service, by the outputs of the first one or as the options name it. */
const otherHalf = (found: FoundService, { peer, local }: HalvesChoice) => {
  if (peer) return { ...peer, local };
  const { PeerStack: stack, PeerRegion: region } = found.outputs;
  return stack !== undefined && region !== undefined ? { stack, region, local } : undefined;
};

/** The Regions of the local stack that runs in this folder; none where the choice is of AWS. */
const localRegions = (
  { stack, local }: HalvesChoice,
  { directory }: Terminal,
): readonly string[] => {
  if (!local && stack !== undefined) return [];
  const [access] = stacksOf(directory).running.flatMap(
    ({ folder }) => readStackAccess(folder) ?? [],
  );
  return (access?.regions ?? []).map(({ region }) => region);
};

/**
 * Finds both halves of a service. A half whose Region does not answer is reported, and not thrown:
 * tools that look at both Regions go on with the other one.
 *
 * @returns the half that was asked for first
 * @throws {UsageError} where it is not clear which service is meant
 * @throws {Error} with one line where the service has no half that answers
 */
export const findHalves = async (
  choice: HalvesChoice,
  terminal: Terminal,
): Promise<readonly ServiceHalf[]> => {
  const regions = localRegions(choice, terminal);
  const own = { ...defined({ stack: choice.stack }), local: choice.local };
  if (regions.length > 0) {
    const [first = ''] = choice.region === undefined ? regions : [choice.region];
    const order = [first, ...regions.filter((region) => region !== first)];
    const halves: ServiceHalf[] = [];
    for (const region of order) {
      // The name of a stack is that of one Region; the local stack knows the other by its output.
      const known = region === first ? own : { local: true };
      halves.push(await tryToFind({ ...known, region }, terminal));
    }
    const [failed] = halves;
    if (failed?.error && halves.every(({ service }) => !service)) throw failed.error;
    return halves;
  }
  const found = await findService(choice, terminal);
  const other = otherHalf(found, choice);
  const first = { region: found.region, service: found };
  return other ? [first, await tryToFind(other, terminal)] : [first];
};
