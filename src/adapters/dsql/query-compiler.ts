import { type CompiledQuery, PostgresQueryCompiler } from 'kysely';

const indexHead = /^create (unique )?index /;

/** DSQL builds indexes in the background only, and wants to be told so. */
export class DsqlQueryCompiler extends PostgresQueryCompiler {
  override compileQuery(...[node, id]: Parameters<PostgresQueryCompiler['compileQuery']>) {
    const compiled: CompiledQuery = super.compileQuery(node, id);
    if (node.kind !== 'CreateIndexNode') return compiled;
    const sql = compiled.sql.replace(indexHead, 'create $1index async ');
    return Object.freeze({ ...compiled, sql });
  }
}
