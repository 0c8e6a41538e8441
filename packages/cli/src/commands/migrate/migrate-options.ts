import { type ParseArgsConfig, parseArgs } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { isRoleArn, namedRegion } from 'antipode/internal/dsql';
import { readNumber, type Terminal, UsageError } from 'antipode-local-dsql/process';

export type MigrateCommand = 'status' | 'plan' | 'up';

/**
 * The database role that gets access to the tables of the migrations, and the IAM roles that may
 * connect under it.
 */
export type MigrateGrant = {
  readonly role: string;
  /** IAM roles that may connect as the role. */
  readonly iamRoleArns: readonly string[];
};

/** A cluster's endpoint. */
export type MigrateTarget = {
  /** `host` or `host:port`. */
  readonly endpoint: string;
  readonly region: string;
};

/** Where the migrations are, and the schemas of their tables. */
export type MigrateSource =
  /** A module that exports a declared service, which says all of it. */
  | { readonly service: string }
  | ({
      readonly service?: undefined;
      /** Folder or module with the migrations. */
      readonly migrations: string;
    } & MigrateSchemas);

/** The schemas in which a run of `antipode migrate` makes tables. */
export type MigrateSchemas = {
  /** Holds the journal. */
  readonly schema: string;
  /** Gets the framework's tables, before the migrations. */
  readonly framework?: string;
};

/** The options of `antipode migrate`; every value is checked. */
export type MigrateOptions = MigrateSource & MigrateRun;

/** The options of a run, whatever it migrates. */
export type MigrateRun = {
  readonly command: MigrateCommand;
  /** The cluster; only `plan` works without one. */
  readonly target?: MigrateTarget;
  readonly user: string;
  /** File with the authority to trust, PEM. */
  readonly ca?: string;
  readonly grant?: MigrateGrant;
  readonly variables: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  readonly json: boolean;
};

/** The defaults in the project's `cdk.json`. */
export type MigrateDefaults = {
  readonly service?: string;
  readonly migrations?: string;
  readonly schema?: string;
  readonly framework?: string;
};

const commands: readonly string[] = ['status', 'plan', 'up'] satisfies readonly MigrateCommand[];

/** An index on a full table takes minutes. Seconds. */
const timeoutDefault = 900;
const timeoutMax = 86_400;
const portMax = 65_535;

const definitions = {
  endpoint: { type: 'string' },
  region: { type: 'string' },
  user: { type: 'string' },
  ca: { type: 'string' },
  service: { type: 'string' },
  migrations: { type: 'string' },
  schema: { type: 'string' },
  framework: { type: 'string' },
  'grant-role': { type: 'string' },
  'iam-role': { type: 'string', multiple: true, default: [] },
  set: { type: 'string', multiple: true, default: [] },
  timeout: { type: 'string', default: `${timeoutDefault}` },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const migrateHelp = `antipode migrate: brings the schema of a DSQL cluster up to date

  antipode migrate status [options]   prints the migrations that are applied, and when each was
  antipode migrate plan [options]     checks and prints the SQL that up would run; changes nothing. Without --endpoint
                                      it needs no cluster and checks all migrations, such as in CI
  antipode migrate up [options]       applies the migrations that are missing, and waits for indexes

  --service MODULE    a module that exports a service of defineService, which says the schema and the migrations
                      ("antipode:service" in the context of cdk.json)
  --migrations PATH   instead, a folder of 0001-name.sql files and Kysely migrations, or a module that exports a list
                      of { id, ddl } or { id, dml }   ("antipode:migrations" in cdk.json)
  --schema NAME       keeps the journal   ("antipode:schema" in cdk.json, or that of --framework, or public)
  --framework SCHEMA  begins with the tables that a service on antipode needs, in this schema: idempotency, inbox,
                      outbox   ("antipode:framework" in cdk.json; not for a module that has frameworkMigrations)
  --grant-role ROLE   after up, lets this database role read and write what is in the schemas of --schema and
                      --framework, but for the journal, and nothing else; makes the role if there is none. A
                      migration must GRANT the tables of any other schema itself
  --iam-role ARN      lets this IAM role connect as the one of --grant-role; may be repeated
  --endpoint HOST[:PORT]   the cluster   (DSQL_ENDPOINT)
  --region NAME       its Region   (that of the endpoint, or AWS_REGION)
  --user ROLE         connects as this database role   (DSQL_USER, or admin)
  --ca FILE           trusts this authority   (DSQL_CA, or Amazon's)
  --set NAME=VALUE    the value of :'NAME' and :"NAME" in the migrations; may be repeated   (the variable of the
                      environment with that name in capitals)
  --timeout SECONDS   gives up after so long; the next up goes on where this one ended   (${timeoutDefault})
  --json              prints one line of JSON instead
  -h, --help          print this

Credentials are those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; antipode local and antipode local
dsql write a file that sets them and the rest. DSQL_SERIAL=true is for a cluster that cannot take a pipeline,
DSQL_PLAIN_BEGIN=true for one that takes no isolation level behind BEGIN, and DSQL_PREPARED_STATEMENTS_MAX=0 for one that keeps
no prepared statements. Every statement is a transaction of its own. The journal notes it, so that up goes on where it was
interrupted, and may run twice at once.
Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const mayNotBeEmpty = [
  'region',
  'user',
  'ca',
  'service',
  'migrations',
  'schema',
  'framework',
  'grant-role',
] as const;

const seeHelp = 'see antipode migrate --help';

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: definitions, allowPositionals: true });
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split(/\.?\n|\. /);
    throw new UsageError(`${reason}: ${seeHelp}`, { cause });
  }
};

const readCommand = ([command, ...others]: readonly string[]): MigrateCommand => {
  if (command === undefined) throw new UsageError(`give status, plan or up: ${seeHelp}`);
  const [extra] = others;
  if (extra !== undefined) throw new UsageError(`${extra} is one argument too many: ${seeHelp}`);
  if (commands.includes(command)) return command as MigrateCommand;
  throw new UsageError(`migrate ${command} is no command: give status, plan or up`);
};

const readEndpoint = (text: string): string => {
  const [, host, port = '1'] = /^([A-Za-z0-9][\w.-]*)(?::(\d+))?$/.exec(text) ?? [];
  if (host !== undefined && Number(port) >= 1 && Number(port) <= portMax) return text;
  throw new UsageError(
    `--endpoint ${text}: give a host and a port, such as <cluster>.dsql.us-east-1.on.aws or localhost:4132`,
  );
};

const readVariables = (texts: readonly string[]): ReadonlyMap<string, string> => {
  const variables = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^(\w+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(
        `--set ${text}: give a name and a value, such as role_arn=arn:aws:iam:…`,
      );
    }
    if (variables.has(name)) throw new UsageError(`--set ${name} is given twice: give it once`);
    variables.set(name, value);
  }
  return variables;
};

const readGrant = (
  command: MigrateCommand,
  role: string | undefined,
  iamRoleArns: readonly string[],
): MigrateGrant | undefined => {
  const wrong = iamRoleArns.find((arn) => !isRoleArn(arn));
  if (wrong !== undefined) {
    throw new UsageError(
      `--iam-role ${wrong}: give the ARN of an IAM role, such as arn:aws:iam::123456789012:role/app`,
    );
  }
  if (role === undefined) {
    if (iamRoleArns.length === 0) return undefined;
    throw new UsageError('--iam-role needs --grant-role, the database role that it may connect as');
  }
  if (command !== 'up') throw new UsageError(`--grant-role ${role}: only up grants anything`);
  return { role, iamRoleArns };
};

const missing = (what: string, how: string): UsageError => new UsageError(`no ${what}: ${how}`);

const readTarget = (
  values: { readonly endpoint?: string; readonly region?: string },
  environment: Terminal['environment'],
): MigrateTarget | undefined => {
  const text = values.endpoint ?? (environment['DSQL_ENDPOINT'] || undefined);
  if (text === undefined) return undefined;
  const endpoint = readEndpoint(text);
  const region = values.region ?? namedRegion(endpoint) ?? (environment['AWS_REGION'] || undefined);
  if (region === undefined) throw missing('Region', 'give --region, or set AWS_REGION');
  return { endpoint, region };
};

type SourceValues = MigrateDefaults;

/** @throws {UsageError} where a service and something that it says itself are given. */
const readSource = (values: SourceValues, defaults: MigrateDefaults): MigrateSource => {
  if (values.service === undefined && values.migrations === undefined) {
    if (defaults.service !== undefined && defaults.migrations !== undefined) {
      throw new UsageError(
        'cdk.json names the migrations twice: remove "antipode:migrations", the service of "antipode:service" has them',
      );
    }
  }
  const service =
    values.service ?? (values.migrations === undefined ? defaults.service : undefined);
  if (service !== undefined) {
    const more = (['migrations', 'schema', 'framework'] as const).find((name) => values[name]);
    if (more === undefined) return { service };
    throw new UsageError(`--${more} ${values[more]}: the service says it, leave it out`);
  }
  const migrations = values.migrations ?? defaults.migrations;
  if (migrations === undefined) {
    throw missing(
      'migrations',
      'give --service MODULE or --migrations PATH, or "antipode:service" in cdk.json',
    );
  }
  const framework = values.framework ?? defaults.framework;
  const schema = values.schema ?? defaults.schema ?? framework ?? 'public';
  return { migrations, schema, ...defined({ framework }) };
};

/**
 * Reads the arguments after `migrate`; `undefined` when they ask for help. The command line wins
 * over the environment, which wins over the project's defaults.
 *
 * @throws {UsageError} saying what is wrong with which option.
 */
export const migrateOptions = (
  args: readonly string[],
  environment: Terminal['environment'],
  defaults: MigrateDefaults = {},
): MigrateOptions | undefined => {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  for (const name of mayNotBeEmpty) {
    if (values[name] === '')
      throw new UsageError(`--${name} is empty: give a value or leave it out`);
  }
  const command = readCommand(positionals);
  const target = readTarget(values, environment);
  if (target === undefined && command !== 'plan') {
    throw missing('endpoint', 'give --endpoint HOST[:PORT], or set DSQL_ENDPOINT');
  }
  const source = readSource(values, defaults);
  const ca = values.ca ?? (environment['DSQL_CA'] || undefined);
  const grant = readGrant(command, values['grant-role'], values['iam-role']);
  return {
    ...{ ...source, command, json: values.json },
    ...defined({ target }),
    user: values.user ?? (environment['DSQL_USER'] || 'admin'),
    ...defined({ ca, grant }),
    variables: readVariables(values.set),
    timeoutMs: 1_000 * readNumber('timeout', values.timeout, 1, timeoutMax),
  };
};
