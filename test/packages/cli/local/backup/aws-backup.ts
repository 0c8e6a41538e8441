import { setTimeout as delay } from 'node:timers/promises';
import { DsqlSigner } from '@aws-sdk/dsql-signer';
import pg from 'pg';
import type { LocalStack } from '../../../../../packages/cli/src/local/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of an answer.
type Answer = any;

/** AWS Backup and DSQL of a local stack, as a client of AWS speaks with them. */
export interface AwsOfStack {
  /** @param region the Region that the request is signed for */
  readonly ask: (
    region: string,
    service: 'backup' | 'dsql',
    method: string,
    path: string,
    body?: object,
  ) => Promise<{ readonly status: number; readonly body: Answer }>;
  /** Asks again until the job has ended. */
  readonly ended: (region: string, path: string) => Promise<Answer>;
  /** Runs statements as `admin` at an endpoint. */
  readonly query: (endpoint: string, region: string, sql: string) => Promise<readonly Answer[]>;
}

export const awsOf = (stack: LocalStack): AwsOfStack => {
  const [first] = stack.regions;
  const ask: AwsOfStack['ask'] = async (region, service, method, path, body) => {
    // The local services read who has signed a request, and for what. They check no signature.
    const authorization = `AWS4-HMAC-SHA256 Credential=local/20261130/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(`${first?.url}${path}`, {
      ...{ method, headers: { authorization } },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    ask,
    ended: async (region, path) => {
      for (;;) {
        const { body } = await ask(region, 'backup', 'GET', path);
        const job = body.CopyJob ?? body;
        if ((job.State ?? job.Status) !== 'RUNNING') return job;
        await delay(20);
      }
    },
    query: async (endpoint, region, sql) => {
      const [host = '', port] = endpoint.split(':');
      const signer = new DsqlSigner({ hostname: host, region, credentials: stack.dsqlKeys });
      const client = new pg.Client({
        ...{ host, port: Number(port), user: 'admin', database: 'postgres' },
        password: await signer.getDbConnectAdminAuthToken(),
        ssl: { ca: stack.ca },
      });
      await client.connect();
      try {
        const results = await client.query(sql);
        return [results].flat().at(-1)?.rows ?? [];
      } finally {
        await client.end();
      }
    },
  };
};
