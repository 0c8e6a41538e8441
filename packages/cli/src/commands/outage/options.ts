import { isRegionName } from 'antipode/internal/domain';
import { UsageError } from 'antipode-local-dsql/process';
import { type CrashPoint, crashPoints } from '../../local/eventbridge/failure-injection.ts';
import { parseCommand } from '../service/options.ts';

/** The change of a running stack that was asked for; none to see its state. */
export type OutageOptions = {
  readonly change:
    | { readonly kind: 'regions'; readonly name: string; readonly verb: 'stop' | 'start' }
    | { readonly kind: 'links'; readonly name: 'all'; readonly verb: 'cut' | 'mend' }
    | { readonly kind: 'crashes'; readonly name: CrashPoint; readonly verb: 'plan' }
    | undefined;
  readonly json: boolean;
};

/** The text that `--help` prints. */
export const outageHelp = `antipode local region, link, crash: lose a part of the stack that runs in this folder

  antipode local region               which Regions run, and whether the link between them is cut
  antipode local region stop NAME     loses a Region: its functions are killed, its ports refuse connections,
                                      and what its bus has accepted waits there
  antipode local region start NAME    brings it back, with what it has accepted before
  antipode local link cut             events that cross Regions are retried, as EventBridge does
  antipode local link mend            they are delivered
  antipode local crash POINT          kills the next process that publishes events, after the COMMIT of its command:
                                      before-publish, when the bus has none of them, or
                                      after-publish, when the bus has them and the process does not know

  --json      prints one line of JSON instead
  -h, --help  print this

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const definitions = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const refuseMore = (command: string, others: readonly string[]): void => {
  if (others[0] !== undefined) {
    throw new UsageError(`local ${command}: ${others[0]} is one argument too many`);
  }
};

const readRegion = (
  verb: string,
  name: string | undefined,
  others: readonly string[],
): OutageOptions['change'] => {
  if (verb !== 'stop' && verb !== 'start') {
    throw new UsageError(`local region ${verb} is no command: give stop or start, and a Region`);
  }
  if (name === undefined || !isRegionName(name)) {
    throw new UsageError(`local region ${verb}: give a Region, such as us-west-2`);
  }
  refuseMore(`region ${verb}`, others);
  return { kind: 'regions', name, verb };
};

const readLink = (verb: string, others: readonly string[]): OutageOptions['change'] => {
  if (verb !== 'cut' && verb !== 'mend') {
    throw new UsageError(`local link ${verb} is no command: give cut or mend`);
  }
  refuseMore(`link ${verb}`, others);
  return { kind: 'links', name: 'all', verb };
};

const readCrash = (
  point: string | undefined,
  others: readonly string[],
): OutageOptions['change'] => {
  const name = crashPoints.find((one) => one === point);
  if (!name) throw new UsageError(`local crash: give ${crashPoints.join(' or ')}`);
  refuseMore(`crash ${name}`, others);
  return { kind: 'crashes', name, verb: 'plan' };
};

/**
 * Reads the arguments after `local`, of which `region`, `link` or `crash` is the first; `undefined`
 * when they ask for help.
 *
 * @throws {UsageError} saying what is wrong
 */
export const outageOptions = (args: readonly string[]): OutageOptions | undefined => {
  const [kind = 'region', ...rest] = args;
  const { values, positionals } = parseCommand(`local ${kind}`, rest, definitions);
  if (values.help) return undefined;
  const [verb, ...others] = positionals;
  const { json } = values;
  if (kind === 'crash') return { change: readCrash(verb, others), json };
  if (verb === undefined) return { change: undefined, json };
  const [name, ...more] = others;
  const change = kind === 'link' ? readLink(verb, others) : readRegion(verb, name, more);
  return { change, json };
};
