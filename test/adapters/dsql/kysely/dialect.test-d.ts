import { type Generated, Kysely, type QueryResult } from 'kysely';
import { expectTypeOf } from 'vitest';
import {
  type AwsCredentials,
  type ConnectionPool,
  createConnections,
  createIndexAsync,
  DsqlDialect,
  pipeline,
} from '../../../../src/adapters/dsql/index.ts';

type Item = {
  readonly id: Generated<string>;
  readonly stock: number;
  readonly note: string | null;
};
type Tables = { readonly items: Item };
type ItemRow = { id: string; stock: number; note: string | null };

declare const connections: ConnectionPool;
const endpoint = 'abc.dsql.us-east-1.on.aws';
const user = 'orders';

const db = new Kysely<Tables>({ dialect: new DsqlDialect({ endpoint, user }) });

// Rows have the types of the tables.
expectTypeOf(db.selectFrom('items').selectAll().execute()).resolves.toEqualTypeOf<ItemRow[]>();
expectTypeOf(db.selectFrom('items').select('stock').executeTakeFirst()).resolves.toEqualTypeOf<
  { stock: number } | undefined
>();

// @ts-expect-error no such table
void db.selectFrom('itmes');

// @ts-expect-error no such column
void db.selectFrom('items').select('stok');

// Queries that are sent together are answered in their order, each with its own type.
const together = pipeline(db, [
  db.selectFrom('items').select('stock'),
  db.selectFrom('items').select(['id', 'note']),
]);
expectTypeOf(together).resolves.toEqualTypeOf<
  readonly [QueryResult<{ stock: number }>, QueryResult<{ id: string; note: string | null }>]
>();

// @ts-expect-error nothing to send
void pipeline(db, []);

void createIndexAsync(db, db.schema.createIndex('by_stock').on('items').column('stock'));

// Keys, or what gives them, at once or later: a credential provider of an AWS SDK.
declare const keys: AwsCredentials & { readonly expiration?: Date };
declare const provider: (hint?: Record<string, unknown>) => Promise<typeof keys>;
void new DsqlDialect({ endpoint, user, credentials: keys });
void new DsqlDialect({ endpoint, user, credentials: () => keys });
void new DsqlDialect({ endpoint, user, credentials: provider });

// Connections of its own, or a pool that others use too.
void new DsqlDialect({ connections });
void new DsqlDialect({ connections: createConnections({ endpoint, user }), statementMsMax: 5_000 });

// @ts-expect-error either a pool or an endpoint
void new DsqlDialect({ connections, endpoint, user });

// @ts-expect-error the user must be said: nobody is `admin` by accident
void new DsqlDialect({ endpoint });

// @ts-expect-error an unknown option
void new DsqlDialect({ endpoint, user, password: 'secret' });

// @ts-expect-error a wrong type
void new DsqlDialect({ endpoint, user, size: '10' });
