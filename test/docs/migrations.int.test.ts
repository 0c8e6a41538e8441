import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type MigrateCommandLine,
  migrateCommandLine,
} from '../packages/cli/commands/migrate/migrate-support.ts';
import { type TestDsql, testDsql } from '../support/dsql.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/migrations.md'), 'utf8');

let dsql: TestDsql;
let antipode: MigrateCommandLine;

beforeAll(async () => {
  dsql = await testDsql();
  antipode = await migrateCommandLine(dsql);
});
afterAll(async () => {
  await antipode.stop();
  await dsql.stop();
});

it('the page on migrations shows a migration and commands that work', async () => {
  const [, sql = ''] = /```sql\n(.*?)```/s.exec(page) ?? [];
  const [, shown = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
  antipode.write('0001-items.sql', sql);
  const commands = shown
    .replaceAll('\\\n', '')
    .matchAll(/^npx antipode migrate (.*?)(?:--endpoint \S+)?$/gm);
  const lines: (readonly string[])[] = [];
  for (const [, command = ''] of commands) {
    const ended = await antipode.run(command.replace('--migrations migrations', '--migrations .'));
    expect(ended).toMatchObject({ code: 0, errors: [] });
    lines.push(ended.lines);
  }
  expect(lines).toHaveLength(2);
  expect(lines[0]?.at(-1)).toBe('-- 1 migration, 4 statements');
  expect(await antipode.look('SELECT n FROM shop.items')).toEqual([]);
});
