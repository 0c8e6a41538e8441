// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of programs.
/** A mutant that no test can notice, because the program does the same with it. */
export type Equivalent = {
  readonly file: string;
  /** The mutated part of the source, without surrounding white space. */
  readonly original: string;
  readonly replacement: string;
  /** A part of the line where it begins, if the file has the same text elsewhere. */
  readonly within?: string;
  readonly reason: string;
};

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/adapters/dsql/migration-lease.ts',
    original:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE id = 1 AND lease_until > now() AND owner <> $1`',
    replacement:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE id = 1 AND lease_until >= now() AND owner <> $1`',
    reason: 'only tells a lease apart that ends in the very microsecond of the look',
  },
  {
    file: 'src/adapters/dsql/migration-lease.ts',
    original:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE id = 1 AND lease_until > now() AND owner <> $1`',
    replacement:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE lease_until > now() AND owner <> $1`',
    reason: 'the table has no row but that of id 1',
  },
  {
    file: 'src/adapters/dsql/migration-lease.ts',
    original:
      "`UPDATE ${table} SET lease_until = now() + $2 * interval '1 millisecond'\n          WHERE id = 1 AND owner = $1 RETURNING id`",
    replacement:
      "`UPDATE ${table} SET lease_until = now() + $2 * interval '1 millisecond'\n          WHERE owner = $1 RETURNING id`",
    reason: 'the table has no row but that of id 1',
  },
  {
    file: 'src/adapters/dsql/migration-lease.ts',
    original:
      "`INSERT INTO ${table} AS lock (id, owner, lease_until)\n        VALUES (1, $1, now() + $2 * interval '1 millisecond')\n        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until\n        WHERE lock.owner = excluded.owner OR lock.lease_until <= now() RETURNING id`",
    replacement:
      "`INSERT INTO ${table} AS lock (id, owner, lease_until)\n        VALUES (1, $1, now() + $2 * interval '1 millisecond')\n        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until\n        WHERE lock.owner = excluded.owner OR lock.lease_until < now() RETURNING id`",
    reason: 'only tells a lease apart that ends in the very microsecond of the statement',
  },
  {
    file: 'src/adapters/dsql/migration-journal.ts',
    original: 'found.results[1]?.rows',
    replacement: 'found.results[1].rows',
    reason: 'a flight without an error has a result for each statement',
  },
  {
    file: 'src/adapters/eventbridge/put-events.ts',
    original: '0',
    replacement: '1',
    reason:
      'a wait of a millisecond at most, or a clock that is a millisecond ahead, makes no difference',
  },
  {
    file: 'src/handlers/runtime/custom-resource-answer.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'the first part of the match, which is all of it, is not read',
  },
  {
    file: 'src/adapters/dsql/outbox.ts',
    original: 'items.length / largestRowsMax',
    replacement: 'items.length * largestRowsMax',
    reason: 'the further pieces are empty, and nothing is sent for them',
  },
  {
    file: 'src/adapters/dsql/outbox.ts',
    original: 'size === 1',
    replacement: 'false',
    reason: 'the text for many rows inserts one row as well',
  },
  {
    file: 'src/adapters/dsql/outbox.ts',
    original: '{\n    return undefined;\n  }',
    replacement: '{}',
    reason: 'a function without a return gives undefined',
  },
  {
    file: 'src/adapters/dsql/outbox.ts',
    original: 'deadline === undefined',
    replacement: 'false',
    reason: 'an option that is undefined is one that is absent',
  },
  {
    file: 'src/adapters/dsql/outbox-statements.ts',
    original: '1',
    replacement: '2',
    reason: 'the count says whether there are more than the limit, by one row more or by two',
  },
];
