// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of programs.
/** A mutant that no test can notice, because the program does the same with it. */
export type Equivalent = {
  readonly file: string;
  /** The mutated part of the source, or the piece of it that differs. */
  readonly original: string;
  readonly replacement: string;
  /** A part of the line where it begins, if the file has the same text elsewhere. */
  readonly within?: string;
  readonly reason: string;
};

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/adapters/dsql/migration/migration-lease.ts',
    original:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE id = 1 AND lease_until > now() AND owner <> $1`',
    replacement:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE id = 1 AND lease_until >= now() AND owner <> $1`',
    reason: 'only tells a lease apart that ends in the very microsecond of the look',
  },
  {
    file: 'src/adapters/dsql/migration/migration-lease.ts',
    original:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE id = 1 AND lease_until > now() AND owner <> $1`',
    replacement:
      '`SELECT owner, to_char(lease_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until\n        FROM ${table} WHERE lease_until > now() AND owner <> $1`',
    reason: 'the table has no row but that of id 1',
  },
  {
    file: 'src/adapters/dsql/migration/migration-lease.ts',
    original:
      "`UPDATE ${table} SET lease_until = now() + $2 * interval '1 millisecond'\n          WHERE id = 1 AND owner = $1 RETURNING id`",
    replacement:
      "`UPDATE ${table} SET lease_until = now() + $2 * interval '1 millisecond'\n          WHERE owner = $1 RETURNING id`",
    reason: 'the table has no row but that of id 1',
  },
  {
    file: 'src/adapters/dsql/migration/migration-lease.ts',
    original:
      "`INSERT INTO ${table} AS lock (id, owner, lease_until)\n        VALUES (1, $1, now() + $2 * interval '1 millisecond')\n        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until\n        WHERE lock.owner = excluded.owner OR lock.lease_until <= now() RETURNING id`",
    replacement:
      "`INSERT INTO ${table} AS lock (id, owner, lease_until)\n        VALUES (1, $1, now() + $2 * interval '1 millisecond')\n        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until\n        WHERE lock.owner = excluded.owner OR lock.lease_until < now() RETURNING id`",
    reason: 'only tells a lease apart that ends in the very microsecond of the statement',
  },
  {
    file: 'src/adapters/dsql/migration/migration-journal.ts',
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
    file: 'src/handlers/runtime/custom-resource/custom-resource-answer.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'the first part of the match, which is all of it, is not read',
  },
  {
    file: 'src/adapters/dsql/records/outbox/outbox-statements.ts',
    original: 'items.length / largestRowsMax',
    replacement: 'items.length * largestRowsMax',
    reason: 'the further pieces are empty, and nothing is sent for them',
  },
  {
    file: 'src/adapters/dsql/records/outbox/outbox-writer.ts',
    original: 'size === 1',
    replacement: 'false',
    reason: 'the text for many rows inserts one row as well',
  },
  {
    file: 'src/adapters/dsql/records/outbox/outbox-claims.ts',
    original: '{\n    return undefined;\n  }',
    replacement: '{}',
    reason: 'a function without a return gives undefined',
  },
  {
    file: 'src/adapters/dsql/records/outbox/outbox-statements.ts',
    original: '1',
    replacement: '2',
    within: 'outboxCountPerShardMax + 1',
    reason: 'the count says whether there are more than the limit, by one row more or by two',
  },
  {
    file: 'src/domain/kernel/events/envelope-check.ts',
    original: '/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$/',
    replacement: '/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)/',
    reason: 'Date.parse takes no time with anything behind its zone.',
  },
  {
    file: 'src/domain/kernel/nearest-name.ts',
    original: '0',
    replacement: '1',
    within: 'const changed =',
    reason: 'The default is for the type alone: there is always an element at this index.',
  },
  {
    file: 'src/domain/kernel/nearest-name.ts',
    original: '0',
    replacement: '1',
    within: 'next.push(Math.min(',
    reason: 'The default is for the type alone: there is always an element at this index.',
  },
  {
    file: 'src/domain/kernel/nearest-name.ts',
    original: '0',
    replacement: '1',
    within: 'return row.at(-1)',
    reason: 'The default is for the type alone: there is always an element at this index.',
  },
  {
    file: 'src/domain/kernel/json/json.ts',
    original: 'Math.abs(value) >= normalDoubleMin',
    replacement: 'Math.abs(value) > normalDoubleMin',
    reason: 'The smallest normal double has 17 digits, so it is refused for these.',
  },
  {
    file: 'src/domain/kernel/json/json-writer.ts',
    original: 'text.length * utf8BytesPerUnitMax > bytesMax',
    replacement: 'true',
    reason: 'A text that is surely short enough is not counted, which only saves time.',
  },
  {
    file: 'src/domain/kernel/json/json-writer.ts',
    original: 'text.length * utf8BytesPerUnitMax > bytesMax',
    replacement: 'text.length * utf8BytesPerUnitMax >= bytesMax',
    reason: 'A text that is surely short enough is not counted, which only saves time.',
  },
  {
    file: 'src/domain/kernel/json/json-writer.ts',
    original: '3',
    replacement: '6',
    within: 'const utf8BytesPerUnitMax',
    reason: 'A text that is surely short enough is not counted, which only saves time.',
  },
  {
    file: 'src/domain/kernel/events/envelope-json.ts',
    original: '/^\\$\\.?/',
    replacement: '/\\$\\.?/',
    reason: 'A place begins with "$", and only the first match is replaced.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-addresses.ts',
    original: '0',
    replacement: '1',
    within: '(one[index] ?? 0)',
    reason: 'The default is for the type alone: there is always an element at this index.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-complexity.ts',
    original: 'token !== anyRun',
    replacement: 'true',
    reason: 'A step by "*" itself leads to states that every other step leads to as well.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-complexity.ts',
    original: 'index === 0',
    replacement: 'false',
    reason: 'There is no token before the first one, which is the other condition.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-complexity.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    within: 'index === 0',
    reason: 'No token stands at such a state, so that no step leaves it.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-complexity.ts',
    original: '(one, other) => one - other',
    replacement: '() => undefined',
    reason:
      'A set that has been seen under another order of its states is looked at again, which takes time.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-branch.ts',
    original: 'tested.set(matches, field);',
    replacement: ';',
    reason: 'It saves time, which pattern-growth.test.ts measures; the answer is the same.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-consistency.ts',
    original: 'scope.lastField === field',
    replacement: 'false',
    reason: 'It saves time, which pattern-growth.test.ts measures; the answer is the same.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-consistency.ts',
    original: 'known !== undefined',
    replacement: 'false',
    reason: 'It saves time, which pattern-growth.test.ts measures; the answer is the same.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-consistency.ts',
    original: 'array.met.set(name, met);',
    replacement: ';',
    reason: 'It saves time, which pattern-growth.test.ts measures; the answer is the same.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-consistency.ts',
    original: '1',
    replacement: '2',
    within: 'product * length',
    reason: 'Each choice of ways is tried twice.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-event.ts',
    original: "node.kind === 'number'",
    replacement: 'true',
    reason: 'A literal is no number, and no comparison holds for NaN.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts',
    original: '/^-?(\\d+)(?:\\.(\\d+))?(?:e([+-]?\\d+))?$/i',
    replacement: '/-?(\\d+)(?:\\.(\\d+))?(?:e([+-]?\\d+))?$/i',
    reason: 'Every text is that of a number of JSON.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts',
    original: '/^-?\\d{1,15}$/',
    replacement: '/^-?\\d$/',
    reason: 'It saves time: such an integer is also found to be exact by its digits.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts',
    original: '{ digits, exponent: 0 }',
    replacement: '{}',
    reason: 'Zero is the only number without digits, and equals itself.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts',
    original: 'shortest?.exponent',
    replacement: 'shortest.exponent',
    reason: 'Digits that are equal are those of two decimals.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-validator.ts',
    original: 'noted.size > 0',
    replacement: 'true',
    reason: 'Nothing reaches nothing, which leaves no entry in the commit log.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-validator.ts',
    original: 'noted.size > 0',
    replacement: 'noted.size >= 0',
    reason: 'Nothing reaches nothing, which leaves no entry in the commit log.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-validator.ts',
    original: 'false',
    replacement: 'true',
    within: 'open.settled(false)',
    reason:
      'At its creation a session has committed nothing; a test holds it for its next beginning.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-validator.ts',
    original: '1',
    replacement: '2',
    within: 'locked.size ?? 1',
    reason: 'Any number above zero says that there may be locks.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: '0',
    replacement: '1',
    within: 'let now = 0',
    reason: 'Only the order of the times matters.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original:
      '{\n    const oldest = Math.min(...open.values());\n    for (const entry of entries) if (entry.committedAt <= oldest) entries.delete(entry);\n  }',
    replacement: '{}',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entry.committedAt <= oldest',
    replacement: 'false',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entry.committedAt <= oldest',
    replacement: 'entry.committedAt < oldest',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entries.delete(entry);',
    replacement: ';',
    within: 'entry.committedAt <= oldest',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entries.size === 0',
    replacement: 'false',
    reason: 'Nothing is filtered from nothing.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'own.length > 0',
    replacement: 'true',
    reason: 'Only the order of the times matters.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'own.length > 0',
    replacement: 'own.length >= 0',
    reason: 'Only the order of the times matters.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: '1',
    replacement: '2',
    within: 'now += 1',
    reason: 'Only the order of the times matters.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entries.size > 0',
    replacement: 'true',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entries.size > 0',
    replacement: 'false',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entries.size > 0',
    replacement: 'entries.size >= 0',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'entries.size > 0',
    replacement: 'entries.size <= 0',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: '0',
    replacement: '1',
    within: 'if (entries.size > 0) prune',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/commit-log.ts',
    original: 'prune();',
    replacement: ';',
    reason:
      'An entry that no open transaction is older than is told to nobody; it takes memory only.',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: 'record.expires_at <= now()',
    replacement: 'record.expires_at < now()',
    reason: 'the two differ for the one microsecond of the database in which the time ends',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: 'record.lease_until <= now()',
    replacement: 'record.lease_until < now()',
    reason: 'the two differ for the one microsecond of the database in which the time ends',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: 'expires_at > now()',
    replacement: 'expires_at >= now()',
    reason: 'the two differ for the one microsecond of the database in which the time ends',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: 'lease_until > now()',
    replacement: 'lease_until >= now()',
    reason: 'the two differ for the one microsecond of the database in which the time ends',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: ', response = NULL',
    replacement: '',
    reason: 'the response of a key in progress is not read, and its completion writes another one',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: ' lease_until = NULL,',
    replacement: '',
    reason: 'the lease of a completed key is not read',
  },
  {
    file: 'src/adapters/dsql/records/idempotency-store.ts',
    original: "owner = $2 AND status = 'COMPLETED'",
    replacement: 'owner = $2',
    reason: 'a key in progress with this owner has just been completed by the statement before',
  },
  {
    file: 'src/adapters/dsql/transaction/idempotency-records.ts',
    original: " AND status = 'COMPLETED'",
    replacement: '',
    reason: 'a command is recorded as completed only, and a lease has another key',
  },
  {
    file: 'src/adapters/dsql/records/expired-records.ts',
    original: 'expires_at <= now()',
    replacement: 'expires_at < now()',
    reason: 'the two differ for the one microsecond of the database in which the time ends',
  },
  {
    file: 'src/adapters/dsql/records/expired-records.ts',
    original: 'handled_at <= now()',
    replacement: 'handled_at < now()',
    reason: 'the two differ for the one microsecond of the database in which the time ends',
  },
  {
    file: 'src/adapters/dsql/records/expired-records.ts',
    original: 'ORDER BY shard, expires_at',
    replacement: 'ORDER BY shard DESC, expires_at',
    reason:
      'the condition before it leaves one shard, so its place in the order only leads to the index',
  },
  {
    file: 'src/adapters/dsql/records/expired-records.ts',
    original: 'ORDER BY shard, handled_at',
    replacement: 'ORDER BY shard DESC, handled_at',
    reason:
      'the condition before it leaves one shard, so its place in the order only leads to the index',
  },
  {
    file: 'src/adapters/dsql/transaction/record-key.ts',
    original: '2',
    replacement: '4',
    reason: 'one byte is read, and two characters hold it',
  },
  {
    file: 'infra/bundling/bundle-credentials.ts',
    original: '{ errors: found.errors }',
    replacement: '{}',
    reason: 'Where a plugin gives no path, esbuild looks for the package itself and says the same.',
  },
  {
    file: 'infra/bundling/bundle.ts',
    original: '1',
    replacement: '2',
    within: 'const byPath =',
    reason: 'Only the sign of a comparison counts.',
  },
  {
    file: 'infra/bundling/bundle.ts',
    original: 'hash.update(`${relative(directory, file.path)}\\0${file.contents.length}\\0`);',
    replacement: ';',
    reason:
      'A chunk is named for its content, and its name stands in the file that imports it: no two bundles differ in names alone.',
  },
  {
    file: 'infra/bundling/bundle-side-effects.ts',
    original: "'antipode-side-effects'",
    replacement: '"antipode-side-effects_"',
    reason: 'The plugin knows its own questions by the name that it has, whatever that is.',
  },
  {
    file: 'src/handlers/runtime/api/exact-json.ts',
    original: "'-'",
    replacement: '"-_"',
    reason: 'A number is as exact as its digits without the sign, and a sign alone is no JSON.',
  },
  {
    file: 'src/handlers/runtime/api/exact-json.ts',
    original: 'offset < json.length',
    replacement: 'offset <= json.length',
    within: 'while (offset < json.length &&',
    reason: 'No letter stands behind the end, so the other condition ends the loop.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/access-sets.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    within: 'rows[0] ?? {',
    reason: 'The default is for the type alone: the query always gives one row.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/access-sets.ts',
    original: 'first !== undefined',
    replacement: 'true',
    reason: 'The first table behind a name is the name itself.',
  },
  {
    file: 'src/domain/ledger/ledger.ts',
    original: 'true',
    replacement: 'false',
    within: 'const kinds:',
    reason: 'Only the names are asked for, and the type refuses any other value.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/lock-monitor.ts',
    original: 'rows[0]?.id',
    replacement: 'rows[0].id',
    reason: 'The default is for the type alone: a SELECT without FROM always gives one row.',
  },
  {
    file: 'packages/local-dsql/src/concurrency/access-sets.ts',
    original: 'WHERE attnum > 0',
    replacement: 'WHERE attnum >= 0',
    reason: 'PostgreSQL numbers columns from 1 and its own from -1: none has the number 0.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    within: 'decimalForm.exec(text) ?? []',
    reason: 'The first part of the match, which is all of it, is not read.',
  },
  {
    file: 'packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts',
    original: '0',
    replacement: '1',
    within: 'exponent: 0',
    reason: 'Zero is the only number without digits, and equals itself.',
  },
  {
    file: 'src/adapters/aws/signature.ts',
    original: "typeof data === 'string'",
    replacement: 'true',
    reason: "The signer hashes texts and instances of Uint8Array alone, which Node's hashes take.",
  },
  {
    file: 'src/adapters/powertools/selected-parts.ts',
    original: '[]',
    replacement: '["Stryker was here"]',
    within: "given: [mapped = ''] = []",
    reason: 'The default stands for no call, of which only the absent name is read.',
  },
  {
    file: 'src/adapters/powertools/selected-parts.ts',
    original: `key.startsWith('"')`,
    replacement: `key.endsWith('"')`,
    reason: 'A key of JMESPath that begins with a quote ends with one.',
  },
  {
    file: 'infra/constructs/outbox-relay.ts',
    original: "'Undelivered'",
    replacement: '"Undelivered_"',
    reason:
      'Names in a template have no such sign: only the hash in the name differs, which nobody reads.',
  },
  {
    file: 'infra/constructs/outbox-relay.ts',
    original: "'Dead'",
    replacement: '"Dead_"',
    reason:
      'Names in a template have no such sign: only the hash in the name differs, which nobody reads.',
  },
  {
    file: 'src/domain/ledger/money.ts',
    original: 'shift >= 0',
    replacement: 'shift > 0',
    reason: 'A product with one and a quotient by one are the same.',
  },
];
