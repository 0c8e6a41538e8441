import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DsqlSigner } from '@aws-sdk/dsql-signer';
import pg from 'pg';

const { env } = process;

type Event = Readonly<Record<string, unknown>>;

/**
 * Runs statements as the role that the function is configured for, over a connection of their own.
 */
const inDatabase = async <T>(run: (client: pg.Client) => Promise<T>): Promise<T> => {
  const [hostname = '', port = ''] = (env['DSQL_ENDPOINT'] ?? '').split(':');
  const user = env['DSQL_USER'] ?? '';
  const signer = new DsqlSigner({ hostname, region: env['AWS_REGION'] ?? '' });
  const password =
    user === 'admin'
      ? await signer.getDbConnectAdminAuthToken()
      : await signer.getDbConnectAuthToken();
  const client = new pg.Client({
    host: hostname,
    port: Number(port),
    user,
    password,
    database: 'postgres',
    ssl: { rejectUnauthorized: true },
  });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
};

const migrate = (roleArns: readonly string[]) =>
  inDatabase(async (client) => {
    await client.query(
      'CREATE TABLE IF NOT EXISTS notes (id text PRIMARY KEY, region text NOT NULL)',
    );
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = 'app'");
    if (rowCount === 0) await client.query('CREATE ROLE app WITH LOGIN');
    await client.query('GRANT SELECT, INSERT ON notes TO app');
    for (const arn of roleArns) await client.query(`AWS IAM GRANT app TO '${arn}'`);
  });

/** Answers CloudFormation; `Fail` among its properties is the reason of a failure. */
export const setup = async (event: Event): Promise<void> => {
  const properties = event['ResourceProperties'] as Readonly<Record<string, unknown>>;
  const reason = properties['Fail'];
  if (reason === undefined) await migrate(properties['RoleArns'] as readonly string[]);
  await fetch(String(event['ResponseURL']), {
    method: 'PUT',
    body: JSON.stringify({
      Status: reason === undefined ? 'SUCCESS' : 'FAILED',
      Reason: reason,
      PhysicalResourceId: 'notes',
      StackId: event['StackId'],
      RequestId: event['RequestId'],
      LogicalResourceId: event['LogicalResourceId'],
      Data: { Request: event['RequestType'] },
    }),
  });
};

const write = async (id: string) => {
  await inDatabase((client) =>
    client.query('INSERT INTO notes VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      id,
      env['AWS_REGION'],
    ]),
  );
  const bus = new EventBridgeClient({});
  await bus.send(
    new PutEventsCommand({
      Entries: [
        {
          Source: 'notes',
          DetailType: 'Written',
          Detail: JSON.stringify({ id, origin: env['AWS_REGION'] }),
          EventBusName: env['EVENT_BUS_NAME'],
        },
      ],
    }),
  );
  return { written: id };
};

const list = () =>
  inDatabase(async (client) => {
    const { rows } = await client.query<{ id: string }>('SELECT id FROM notes ORDER BY id');
    return { ids: rows.map(({ id }) => id), migrated: env['MIGRATED'] };
  });

/** `{"write": id}`, `{"fail": message}`, otherwise a list. */
export const notes = async (event: Event): Promise<unknown> => {
  if (typeof event['fail'] === 'string') throw new Error(event['fail']);
  if (typeof event['write'] === 'string') return write(event['write']);
  return list();
};

type Message = { readonly messageId: string; readonly body: string };

/** Takes events, and says so. Of messages, it fails at those that say `poison`. */
export const listener = async (event: Event): Promise<unknown> => {
  const messages = event['Records'] as readonly Message[] | undefined;
  if (!messages) return { heard: event };
  const failed = messages.filter(({ body }) => body === 'poison');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
