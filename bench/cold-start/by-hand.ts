import {
  IdempotencyConfig,
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
} from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import {
  BasePersistenceLayer,
  IdempotencyRecord,
} from '@aws-lambda-powertools/idempotency/persistence';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DsqlSigner } from '@aws-sdk/dsql-signer';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

/**
 * A write handler of the same packages as the framework's, put together as their documents show it:
 * the tracer and the logger as middleware, an idempotency layer over the same database, a pool of
 * `pg` under Kysely with a token as its password.
 */

type Tables = {
  readonly 'by_hand.transactions': {
    readonly id: string;
    readonly amount: string;
    readonly currency: string;
    readonly recorded_at: Date;
  };
  readonly 'by_hand.idempotency': {
    readonly id: string;
    readonly status: string;
    readonly expires_at: string;
    readonly data: string | null;
  };
};

const logger = new Logger();
const tracer = new Tracer();
const eventBridge = new EventBridgeClient();

const [host = '', port = '5432'] = (process.env['DSQL_ENDPOINT'] ?? '').split(':');
const signer = new DsqlSigner({ hostname: host, region: process.env['AWS_REGION'] ?? '' });
const db = new Kysely<Tables>({
  dialect: new PostgresDialect({
    pool: new pg.Pool({
      ...{ host, port: Number(port), user: 'admin', database: 'postgres', max: 1 },
      ssl: { rejectUnauthorized: true },
      password: () => signer.getDbConnectAdminAuthToken(),
    }),
  }),
});

class DsqlPersistenceLayer extends BasePersistenceLayer {
  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('by_hand.idempotency')
      .values({
        ...{ id: record.idempotencyKey, status: record.getStatus(), data: null },
        expires_at: String(record.expiryTimestamp),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) {
      throw new IdempotencyItemAlreadyExistsError(`${record.idempotencyKey} exists`);
    }
  }

  protected override async _getRecord(key: string): Promise<IdempotencyRecord> {
    const row = await db
      .selectFrom('by_hand.idempotency')
      .selectAll()
      .where('id', '=', key)
      .executeTakeFirst();
    if (!row) throw new IdempotencyItemNotFoundError(`${key} is not known`);
    return new IdempotencyRecord({
      ...{ idempotencyKey: key, status: row.status as never },
      expiryTimestamp: Number(row.expires_at),
      responseData: row.data === null ? undefined : JSON.parse(row.data),
    });
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    await db
      .updateTable('by_hand.idempotency')
      .set({ status: record.getStatus(), data: JSON.stringify(record.responseData) })
      .where('id', '=', record.idempotencyKey)
      .execute();
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    await db.deleteFrom('by_hand.idempotency').where('id', '=', record.idempotencyKey).execute();
  }
}

type Write = { readonly transaction_id: string; readonly amount: string };

const write = async ({ body }: { readonly body: Write }) => {
  const { transaction_id: id, amount } = body;
  await db
    .insertInto('by_hand.transactions')
    .values({ id, amount, currency: 'USD', recorded_at: sql<Date>`now()` })
    .execute();
  await eventBridge.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: process.env['EVENT_BUS_NAME'],
          Source: 'by-hand',
          DetailType: 'TransactionRecorded',
          Detail: JSON.stringify({ id, amount }),
        },
      ],
    }),
  );
  logger.info('Transaction recorded', { id });
  return { statusCode: 200, body: JSON.stringify({ transaction_id: id, amount }) };
};

export const handler = middy()
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger))
  .use(httpJsonBodyParser())
  .use(
    makeHandlerIdempotent({
      persistenceStore: new DsqlPersistenceLayer(),
      config: new IdempotencyConfig({ eventKeyJmesPath: 'body.transaction_id' }),
    }),
  )
  .handler(write as never);
