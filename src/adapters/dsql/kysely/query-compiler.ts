import { type CompiledQuery, PostgresQueryCompiler } from 'kysely';
import { replayable, replayedQuery } from '../transaction/kysely-result.ts';
import { columnValue } from '../wire/json-parameter.ts';

const indexHead = /^create (unique )?index /;

/**
 * Compiles queries for DSQL. CREATE INDEX must say ASYNC, since DSQL builds indexes in the
 * background. An array for a column is sent as JSON, since DSQL has no columns of arrays.
 */
export class DsqlQueryCompiler extends PostgresQueryCompiler {
  override compileQuery(...[node, id]: Parameters<PostgresQueryCompiler['compileQuery']>) {
    const replayed = replayedQuery(node, id);
    if (replayed) return replayed;
    const compiled: CompiledQuery = super.compileQuery(node, id);
    if (node.kind !== 'CreateIndexNode') return replayable(compiled);
    const sql = compiled.sql.replace(indexHead, 'create $1index async ');
    return replayable({ ...compiled, sql });
  }

  protected override appendValue(value: unknown): void {
    super.appendValue(typeof value === 'object' && this.#isOfColumn() ? columnValue(value) : value);
  }

  /** Whether the value is in VALUES of an INSERT, or the whole value of a column in SET. */
  #isOfColumn(): boolean {
    const [list, row, node] = this.nodeStack.slice(-3);
    if (row?.kind === 'ColumnUpdateNode') return true;
    return node?.kind === 'PrimitiveValueListNode'
      ? row?.kind === 'ValuesNode'
      : row?.kind === 'ValueListNode' && list?.kind === 'ValuesNode';
  }
}
