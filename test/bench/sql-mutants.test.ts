import { describe, expect, it } from 'vitest';
import { isSql, sqlMutants } from '../../bench/mutants/sql-mutants.ts';

describe('mutants of SQL', () => {
  it.each([
    ['due_at <= now()', ['due_at < now()']],
    ['due_at < now()', ['due_at <= now()']],
    ['published_at IS NULL', ['published_at IS NOT NULL']],
    ['dead_at IS NOT NULL', ['dead_at IS NULL']],
    ["now() + $1 * interval '1 ms'", ["now() - $1 * interval '1 ms'"]],
    ['ORDER BY due_at', ['ORDER BY due_at DESC']],
    ['ORDER BY due_at DESC', ['ORDER BY due_at']],
    ['attempts = attempts + 1', ['attempts = attempts']],
    ['WHERE a = 1 AND b = 2', ['WHERE a = 1', 'WHERE b = 2']],
    ['WHERE a IN ($1) AND b = 2', ['WHERE a IN ($1)', 'WHERE b = 2']],
    ['SET a = NULL, b = now()', ['SET a = NULL', 'SET b = now()']],
    ['LIMIT 10', []],
    ['SELECT 1 LIMIT 1', ['SELECT 1']],
  ])('of %s', (text, mutants) => {
    expect([...sqlMutants(text)].sort()).toEqual([...mutants].sort());
  });

  it('are made of SQL and its parts, and of no other text', () => {
    expect(['SELECT 1', 'a IS NULL', 'now() + interval', 'WHERE a'].every(isSql)).toBe(true);
    expect(['the relay ended', 'select one', 'UPDATES'].some(isSql)).toBe(false);
  });
});
