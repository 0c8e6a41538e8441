import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMigrationScript } from '../../../../../src/adapters/dsql/migration/format/migration.ts';
import { InvalidInput } from '../../../../../src/domain/kernel/index.ts';

/** Lines that begin a half, or look as if they did; each tool reads some of them. */
const marker = fc
  .tuple(
    fc.constantFrom('', '', '', ' ', '\t', '\f', '\u00a0', 'SELECT 1; '),
    fc.constantFrom('--', '-- ', '--\t', '--  ', '---', '-- - ', '/* ', '#'),
    fc.constantFrom('migrate:', 'migrate: ', '+goose ', '+migrate ', '', 'Migrate:', '@', '//@'),
    fc.constantFrom('up', 'Up', 'UP', 'down', 'Down', 'DOWN', 'undo', 'rollback'),
    fc.constantFrom(
      '',
      '',
      ' ',
      ' migration',
      '  Migration of x',
      ' transaction:false',
      ':',
      ' */',
    ),
  )
  .map((parts) => parts.join(''));

const other = fc.constantFrom(
  '-- +goose StatementBegin',
  '-- +goose StatementEnd',
  '-- +goose NO TRANSACTION',
  '--> statement-breakpoint',
  '-- remark',
  '/* remark */',
  '/*',
  '*/',
  "'",
  '',
);

const text = fc
  .array(fc.oneof(marker, other, fc.constant('STATEMENT'), fc.constant('STATEMENT')), {
    maxLength: 12,
  })
  .chain((lines) =>
    fc.constantFrom('\n', '\r\n').map((end) => {
      const numbered = lines.map((line, at) =>
        line === 'STATEMENT' ? `SELECT ${at + 100};` : line,
      );
      return numbered.join(end);
    }),
  );

const numbersIn = (sql: string): readonly string[] => sql.match(/\d{3}/g) ?? [];

/**
 * The statements that a tool runs on the way down: by its own rules, which look at lines and at
 * nothing else.
 */
const downOf: Readonly<Record<string, (sql: string) => readonly string[]>> = {
  dbmate: (sql) => {
    const down = sql.search(/^--\s*migrate:down(?:\s*$|\s+\S+)/m);
    return down < 0 ? [] : numbersIn(sql.slice(down));
  },
  goose: (sql) => {
    let half = '';
    const numbers: string[] = [];
    for (const line of sql.split(/\r?\n/)) {
      const [, word] = /^\s*--\s*\+(?:goose|migrate)\s+(up|down)\s*$/i.exec(line) ?? [];
      if (word !== undefined) half = word.toLowerCase();
      if (half === 'down') numbers.push(...numbersIn(line));
    }
    return numbers;
  },
  'node-pg-migrate': (sql) => {
    const up = sql.search(/^\s*--[\s-]*up\s+migration/im);
    const down = sql.search(/^\s*--[\s-]*down\s+migration/im);
    return down < 0 ? [] : numbersIn(sql.slice(down, up > down ? up : undefined));
  },
};

const readOrRefused = (sql: string): readonly string[] => {
  try {
    return readMigrationScript('a', 'a.sql', sql).statements.flatMap((one) => numbersIn(one.sql));
  } catch (error) {
    if (error instanceof InvalidInput) return [];
    throw error;
  }
};

describe('a text that any tool cuts into halves', () => {
  it('is refused, or read without a statement of the down half', () => {
    let read = 0;
    fc.assert(
      fc.property(text, (sql) => {
        const run = readOrRefused(sql);
        for (const [tool, down] of Object.entries(downOf)) {
          const both = run.filter((number) => down(sql).includes(number));
          expect(both, `${tool} runs them on the way down`).toEqual([]);
        }
        if (run.length > 0 && /down/i.test(sql)) read += 1;
      }),
      { numRuns: 3_000 },
    );
    // Refusing everything would pass, too.
    expect(read).toBeGreaterThan(10);
  });
});
