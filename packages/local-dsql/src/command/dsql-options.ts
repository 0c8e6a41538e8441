import { type ParseArgsConfig, parseArgs } from 'node:util';
import { jobMsDefault } from '../catalog/jobs.ts';
import { isClusterIdentifier } from '../control-plane/cluster-identifier.ts';
import { isRegionName } from '../control-plane/region-name.ts';
import { type FailurePlan, parseFailurePlan } from '../injection/failure-injection.ts';
import { readNumber, refuseEmpty, UsageError } from '../process/command-options.ts';

/** The options of `antipode-local-dsql`; every value is checked. */
export type DsqlOptions = {
  readonly regions: readonly string[];
  /** Port of each Region. */
  readonly ports: readonly number[];
  /** Folder that keeps the data between starts. */
  readonly data?: string;
  /** A running PostgreSQL to stand on. */
  readonly postgres?: string;
  /** Identifier of each Region's cluster, where the person gives them. */
  readonly clusterIds?: readonly string[];
  /** File to write variables to, for clients that read such a file. */
  readonly envFile?: string;
  readonly auth: boolean;
  readonly roundTripMs: number;
  readonly commitMs: number;
  /** Milliseconds that an asynchronous job takes. */
  readonly jobMs: number;
  readonly failures: Partial<FailurePlan>;
};

const defaultPort = 4132;
const portMax = 65_535;
/** DSQL peers two Regions. */
const regionsMax = 2;
const delayMsMax = 60_000;

const definitions = {
  port: { type: 'string', default: `${defaultPort}` },
  regions: { type: 'string', default: 'us-east-1,us-west-2' },
  data: { type: 'string' },
  postgres: { type: 'string' },
  'cluster-id': { type: 'string' },
  // Not `--env-file`: Node takes an option of that name for itself, wherever it stands.
  'write-env': { type: 'string' },
  'no-auth': { type: 'boolean', default: false },
  'round-trip': { type: 'string', default: '0' },
  'commit-delay': { type: 'string', default: '0' },
  'job-delay': { type: 'string', default: `${jobMsDefault}` },
  faults: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints; `name` is the command as the person called it. */
export const dsqlHelp = (
  name: string,
): string => `${name}: a DSQL cluster on this machine, without AWS and without Docker

  ${name} [options]

  --port N            the first Region's port; the second has the next one   (${defaultPort})
  --regions A[,B]     one or two Regions over the same data   (us-east-1,us-west-2)
  --data DIR          keep the data in this folder   (a temporary one, removed at the end)
  --postgres URL      stand on this PostgreSQL 16, as its superuser   (an embedded one)
  --cluster-id A[,B]  the cluster's identifier in each Region   (kept for each port, made at first)
  --write-env FILE    write variables of the cluster in the first Region to this file, PGHOST and
                      PGPASSWORD among them; the password lets in for a day
  --no-auth           let every client in as the role it names, whatever its password
  --round-trip MS     answers take so much longer
  --commit-delay MS   and a COMMIT that writes so much more
  --job-delay MS      an index of CREATE INDEX ASYNC is valid so much later   (${jobMsDefault})
  --faults LIST       inject failures, each with its rate from 0 to 1, always the same for a seed:
                      seed=7,oc000=0.1,oc000:TABLE=1,oc001=0.01,lost-commit=0.05,close:STEP=0.01,
                      waking-up=0.1,53300=0.1,53400=0.1,pipeline=1
  -h, --help          print this

When it is ready it prints one line of JSON: where each Region answers, the file with the certificate
authority, and what to sign tokens with. adminToken is a token that is signed already; it lets in for
15 minutes. For a new one source environmentFile in a shell, and run by AWS CLI 2
  aws dsql generate-db-connect-admin-auth-token --hostname 127.0.0.1 --region REGION
Port 0 takes any free port. Ctrl-C ends it. Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const parse = (args: readonly string[], name: string) => {
  try {
    return parseArgs({ args: [...args], options: definitions }).values;
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split(/\.?\n|\. /);
    throw new UsageError(`${reason}: see ${name} --help`, { cause });
  }
};

const readRegions = (text: string): readonly string[] => {
  const regions = text.split(',').map((name) => name.trim());
  const known = regions.every(isRegionName);
  if (known && regions.length <= regionsMax && new Set(regions).size === regions.length) {
    return regions;
  }
  throw new UsageError(`--regions ${text}: give one or two Regions, such as us-east-1,us-west-2`);
};

const readClusterIds = (
  text: string | undefined,
  regions: readonly string[],
): readonly string[] | undefined => {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const isComplete = [names.length, new Set(names).size].every((count) => count === regions.length);
  if (isComplete && names.every(isClusterIdentifier)) return names;
  throw new UsageError(
    `--cluster-id ${text}: give ${regions.length} different names, each of 26 lower-case letters and digits`,
  );
};

const readFailurePlan = (text: string | undefined): Partial<FailurePlan> => {
  try {
    return text === undefined ? {} : parseFailurePlan(text);
  } catch (cause) {
    throw new UsageError(`--faults: ${(cause as Error).message}`, { cause });
  }
};

/**
 * Reads the arguments; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option.
 */
export const dsqlOptions = (args: readonly string[], name: string): DsqlOptions | undefined => {
  const values = parse(args, name);
  if (values.help) return undefined;
  const { data, postgres, 'write-env': envFile } = values;
  refuseEmpty({ data, postgres, 'write-env': envFile });
  if (data !== undefined && postgres !== undefined) {
    throw new UsageError(
      '--data and --postgres exclude each other: the given PostgreSQL keeps its data',
    );
  }
  const regions = readRegions(values.regions);
  const clusterIds = readClusterIds(values['cluster-id'], regions);
  const port = readNumber('port', values.port, 0, portMax - regionsMax + 1);
  if (!Number.isInteger(port)) throw new UsageError(`--port ${values.port}: give a whole number`);
  return {
    regions,
    ports: regions.map((_, at) => (port === 0 ? 0 : port + at)),
    ...(data === undefined ? {} : { data }),
    ...(postgres === undefined ? {} : { postgres }),
    ...(clusterIds && { clusterIds }),
    ...(envFile === undefined ? {} : { envFile }),
    auth: !values['no-auth'],
    roundTripMs: readNumber('round-trip', values['round-trip'], 0, delayMsMax),
    commitMs: readNumber('commit-delay', values['commit-delay'], 0, delayMsMax),
    jobMs: readNumber('job-delay', values['job-delay'], 0, delayMsMax),
    failures: readFailurePlan(values.faults),
  };
};
