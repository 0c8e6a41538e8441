/** A part of the project, and the tests that can see it. */
export type Area = {
  readonly name: string;
  /** Globs of the sources that are mutated. */
  readonly mutate: readonly string[];
  /** Globs of the tests that run. */
  readonly tests: readonly string[];
  /** The share of mutants, equivalent ones left out, that the tests have to notice. */
  readonly scoreMin: number;
};

/** For the parts that money depends on first. */
const high = 0.95;
const usual = 0.9;

const unitTests = (...folders: readonly string[]): readonly string[] =>
  folders.map((folder) => `test/${folder}/**/*.test.ts`);

export const areas: readonly Area[] = [
  {
    name: 'kernel',
    mutate: [
      'src/domain/kernel/**/*.ts',
      'src/testing/decision-of.ts',
      'src/testing/shown-value.ts',
    ],
    tests: [...unitTests('domain', 'adapters/memory'), 'test/testing/decision-of.test.ts'],
    scoreMin: high,
  },
  {
    name: 'ledger',
    mutate: ['src/domain/ledger/*.ts'],
    tests: unitTests('domain/ledger'),
    scoreMin: usual,
  },
  {
    name: 'outbox',
    mutate: ['src/adapters/dsql/records/outbox/*.ts', 'src/adapters/memory/outbox.ts'],
    tests: ['test/adapters/dsql/records/outbox/*.int.test.ts', 'test/adapters/memory/*.test.ts'],
    scoreMin: high,
  },
  {
    name: 'idempotency-records',
    mutate: [
      'src/adapters/dsql/**/{idempotency-records,command-records,idempotency-store,expired-records,record-key}.ts',
      'src/adapters/memory/{command-records,idempotency-store,expired-records,records}.ts',
    ],
    tests: [
      'test/adapters/dsql/**/{idempotency-records,expired-records,idempotency-store-faults}.int.test.ts',
      'test/adapters/dsql/**/{idempotency-records.test,idempotency-store.test,record-key.prop.test}.ts',
      'test/adapters/memory/{idempotency-records,expired-records}.test.ts',
    ],
    scoreMin: high,
  },
  {
    name: 'powertools',
    mutate: ['src/adapters/powertools/*.ts'],
    tests: ['test/adapters/powertools/*.test.ts'],
    scoreMin: usual,
  },
  {
    name: 'unit-of-work',
    mutate: [
      'src/adapters/dsql/**/{unit-of-work,transactions,transaction-attempt,conflict-retry}.ts',
      'src/adapters/memory/unit-of-work.ts',
    ],
    tests: [
      'test/adapters/dsql/**/{unit-of-work,transaction,conflict-retry}.test.ts',
      'test/adapters/memory/*.test.ts',
    ],
    scoreMin: high,
  },
  {
    name: 'connections',
    mutate: [
      'src/adapters/dsql/**/{connection-pool,connect-backoff,semaphore,transaction-limits}.ts',
    ],
    tests: [
      'test/adapters/dsql/**/{connection-pool,connect-backoff,transaction-limits}.test.ts',
      'test/adapters/dsql/wire/transaction-limits.prop.test.ts',
    ],
    scoreMin: usual,
  },
  {
    name: 'lease-and-journal',
    mutate: ['src/adapters/dsql/**/{migration-lease,migration-journal}.ts'],
    tests: ['test/adapters/dsql/**/{migration-lease,migration-journal}.int.test.ts'],
    scoreMin: high,
  },
  {
    name: 'publisher',
    mutate: ['src/adapters/eventbridge/*.ts'],
    tests: ['test/adapters/eventbridge/*{.test,.int.test}.ts'],
    scoreMin: usual,
  },
  {
    name: 'runtime',
    mutate: ['src/handlers/runtime/**/*.ts'],
    tests: [
      ...unitTests('handlers'),
      'test/adapters/powertools/idempotency-persistence.test.ts',
      'test/handlers/runtime/**/*.int.test.ts',
    ],
    scoreMin: usual,
  },
  {
    name: 'constructs',
    mutate: ['infra/{constructs,two-regions}/*.ts'],
    tests: ['test/infra/{constructs,two-regions}/*.test.ts'],
    scoreMin: usual,
  },
  {
    name: 'bundles',
    mutate: ['infra/bundling/*.ts'],
    tests: ['test/infra/bundling/*.test.ts'],
    scoreMin: usual,
  },
  {
    name: 'matcher',
    mutate: ['packages/cli/src/local/eventbridge/pattern/pattern*.ts'],
    tests: ['test/packages/cli/local/eventbridge/pattern/pattern*.test.ts'],
    scoreMin: usual,
  },
  {
    name: 'permissions',
    mutate: ['packages/cli/src/local/template/{permissions,policies,identities}.ts'],
    tests: unitTests('packages/cli/local/template'),
    scoreMin: usual,
  },
  {
    name: 'commit-validation',
    mutate: [
      'packages/local-dsql/src/concurrency/{commit-validator,access-sets,commit-log,lock-monitor}.ts',
    ],
    tests: [
      'test/packages/local-dsql/concurrency/{lock-monitor,commit-validator,hidden-transaction,commit-log,access-sets}.test.ts',
      'test/packages/local-dsql/concurrency/{concurrency,interleaving,isolation-matrix}.int.test.ts',
    ],
    scoreMin: usual,
  },
];
