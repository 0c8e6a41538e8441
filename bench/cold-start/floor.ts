import { request } from 'node:https';
import { DsqlSigner } from '@aws-sdk/dsql-signer';
import pg from 'pg';

/**
 * The floor of every composition of these packages: Node's own modules, one connection by `pg` with
 * a token of AWS's signer, one INSERT, one HTTPS request that nothing has signed. No middy,
 * Powertools, Kysely or EventBridge client.
 */

const { env } = process;
const [host = '', port = '5432'] = (env['DSQL_ENDPOINT'] ?? '').split(':');
const signer = new DsqlSigner({ hostname: host, region: env['AWS_REGION'] ?? '' });
const client = new pg.Client({
  ...{ host, port: Number(port), user: 'admin', database: 'postgres' },
  ssl: { rejectUnauthorized: true },
  sslnegotiation: 'direct',
  password: () => signer.getDbConnectAdminAuthToken(),
});
await client.connect();

const putEvents = (body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const sent = request(env['AWS_ENDPOINT_URL_EVENTBRIDGE'] ?? '', { method: 'POST' });
    sent.on('response', (response) => response.resume().on('end', resolve));
    sent.on('error', reject);
    sent.end(body);
  });

export const handler = async (event: { readonly body: string }) => {
  const { transaction_id: id, amount } = JSON.parse(event.body);
  await client.query('INSERT INTO by_hand.transactions VALUES ($1, $2, $3, now())', [
    ...[id, amount, 'USD'],
  ]);
  await putEvents(JSON.stringify({ Entries: [{ Detail: JSON.stringify({ id, amount }) }] }));
  return { statusCode: 200, body: JSON.stringify({ transaction_id: id }) };
};
