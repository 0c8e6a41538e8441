import { describe, expect, it } from 'vitest';
import { dsqlError } from '../../../../packages/local-dsql/src/backend/replies.ts';
import { decodeError, encodeError } from '../../../../packages/local-dsql/src/protocol/protocol.ts';

const shown = (fields: Readonly<Record<string, string>>) =>
  decodeError(dsqlError(encodeError({ S: 'ERROR', ...fields }), 300_000));

const oc001 = { C: '40001', M: 'schema has been updated by another transaction (OC001)' };

describe('an error of PostgreSQL', () => {
  it.each([
    { C: '23505', M: 'duplicate key value violates …', s: 'pg_catalog' },
    { C: 'XX000', M: 'tuple concurrently updated' },
    { C: '42710', M: 'type "lease" already exists', R: 'TypeCreate' },
  ])('that two changes of the catalog have met is a conflict over the schema: $M', (fields) => {
    expect(shown(fields)).toMatchObject(oc001);
  });

  it.each([
    { C: '23505', M: 'duplicate key value violates …', s: 'public' },
    { C: '42710', M: 'type "lease" already exists', R: 'heap_create_with_catalog' },
  ])('that says something else is left as it is: $C $R', (fields) => {
    expect(shown(fields)).toMatchObject({ C: fields.C, M: fields.M });
  });

  it('does not name a file of PostgreSQL if a function of the local DSQL raised it', () => {
    const limit = { C: '54000', M: 'transaction row limit exceeded' };
    const place = { F: 'pl_exec.c', L: '3900', R: 'exec_stmt_raise' };
    expect(shown({ ...limit, ...place })).toEqual({ S: 'ERROR', ...limit });
    expect(shown({ C: '22012', M: 'division by zero', F: 'int.c' })).toMatchObject({ F: 'int.c' });
  });
});
