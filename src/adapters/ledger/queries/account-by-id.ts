import type { Kysely } from 'kysely';
import { type Statement, template } from '../../dsql/index.ts';
import { idShard } from '../shard.ts';
import type { AccountRow, LedgerTables } from '../tables.ts';

/** The statement that reads one account, for decisions and for questions. */
export const accountById = (db: Kysely<LedgerTables>): ((id: string) => Statement<AccountRow>) => {
  const byKey = template(({ shard, id }: { shard: number; id: string }) =>
    db.selectFrom('ledger.accounts').selectAll().where('shard', '=', shard).where('id', '=', id),
  );
  return (id) => byKey({ shard: idShard(id), id });
};
