import type { ConnectionPool } from 'antipode/dsql';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { readProject } from '../local/project.ts';
import { openMigrateConnection } from '../migrate/migrate-connection.ts';
import { type FoundService, resourceIds } from './find-service.ts';
import { loadLambda } from './sdk.ts';

/** The database of a service, and who connects to it. */
export type DatabaseChoice = {
  readonly endpoint?: string;
  readonly region: string;
  readonly user: string;
  readonly ca?: string;
  /** Of the framework's tables. */
  readonly schema: string;
};

/** An open connection to the tables of a service. */
export type ServiceDatabase = {
  readonly connections: ConnectionPool;
  readonly schema: string;
  readonly region: string;
};

/** A cluster that was idle wakes up within this time. Milliseconds. */
const connectMsMax = 60_000;

/** The output of a service's stack that names the schema of its tables. */
const schemaOutput = 'DatabaseSchema';

/** The endpoint that the functions of a service connect to. */
const endpointOf = async (service: FoundService): Promise<string> => {
  const { LambdaClient, GetFunctionConfigurationCommand } = await loadLambda();
  const client = new LambdaClient(service.settings);
  try {
    for (const FunctionName of resourceIds(service, 'AWS::Lambda::Function')) {
      const command = new GetFunctionConfigurationCommand({ FunctionName });
      const { Environment } = await client.send(command);
      const endpoint = Environment?.Variables?.['DSQL_ENDPOINT'];
      if (endpoint) return endpoint;
    }
  } finally {
    client.destroy();
  }
  throw new Error(`no function of ${service.stack} has DSQL_ENDPOINT: give --endpoint HOST[:PORT]`);
};

/**
 * The schema of the framework's tables: as given, of the service's stack, or of the project.
 *
 * @throws {UsageError} where nothing tells it
 */
export const schemaOf = (
  given: string | undefined,
  service: FoundService | undefined,
  { directory }: Terminal,
): string => {
  const known = given ?? service?.outputs[schemaOutput];
  if (known !== undefined) return known;
  const { context } = readProject(directory, {});
  const named = context['antipode:framework'] ?? context['antipode:schema'];
  if (typeof named === 'string') return named;
  throw new UsageError("no schema: give --schema NAME, the schema of the framework's tables");
};

/**
 * Connects to the database of a service, as `antipode migrate` does: in AWS with the keys of the
 * environment, in a local stack with those of the stack.
 *
 * @throws {Error} with one line for what keeps it from connecting
 */
export const openDatabase = async (
  choice: DatabaseChoice,
  service: FoundService | undefined,
  terminal: Terminal,
): Promise<ServiceDatabase> => {
  const { region, user, schema } = choice;
  const endpoint = choice.endpoint ?? (service ? await endpointOf(service) : '');
  const access = service?.access;
  const ca = choice.ca ?? access?.caFile;
  const environment = access
    ? {
        ...terminal.environment,
        AWS_ACCESS_KEY_ID: access.keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: access.keys.secretAccessKey,
        AWS_SESSION_TOKEN: undefined,
      }
    : terminal.environment;
  const { connections } = await openMigrateConnection(
    { endpoint, region },
    { user, timeoutMs: connectMsMax, ...(ca === undefined ? {} : { ca }) },
    { ...terminal, environment },
  );
  return { connections, schema, region };
};
