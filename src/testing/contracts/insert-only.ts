import type { DsqlRepository, Row } from '../../adapters/dsql/index.ts';
import { compiledOf } from '../../adapters/dsql/transaction/kysely-result.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';
import { expectSame } from '../expect-same.ts';
import { createShow } from '../shown-value.ts';
import { repositoryWork } from './repository-work.ts';
import { storedRows } from './stored-rows.ts';
import { type Checks, checksFor, type Suite, suiteOf } from './suite.ts';

/** A repository that only inserts, and the Region of a test database that it is tried in. */
export type InsertOnlySubject<Added, Rows extends readonly unknown[]> = {
  readonly region: Pick<TestDatabaseRegion, 'connections' | 'schema'>;
  readonly repository: DsqlRepository<never, readonly Added[], Rows>;
};

/** How a repository that only inserts is tried. */
export type InsertOnlyExamples<Added, Rows extends readonly unknown[]> = {
  /** Before each case: a database without rows, but for those that no decision makes. */
  readonly createSubject: () => Promise<InsertOnlySubject<Added, Rows>>;
  /** By a name with an article, such as "a notice". Each makes rows of its own. */
  readonly rows: Readonly<Record<string, Added>>;
  /**
   * Pairs of which the second violates a constraint of the service's own, by what the second one
   * is.
   */
  readonly refusals?: Readonly<
    Record<string, { readonly first: Added; readonly second: Added; readonly code: string }>
  >;
};

type Subject<Added, Rows extends readonly unknown[]> = InsertOnlySubject<Added, Rows> & {
  readonly work: ReturnType<typeof repositoryWork<never, readonly Added[], Rows>>;
};

/** All rows of all tables, each as a text that names its table. */
const allRows = async (region: InsertOnlySubject<unknown, []>['region']): Promise<string[]> =>
  Object.entries(await storedRows(region)).flatMap(([table, rows]) =>
    rows.map((row) => `${table} ${row}`),
  );

const rowChecks = <Added, Rows extends readonly unknown[]>(
  [what, row]: readonly [string, Added],
  all: readonly Added[],
): Checks<Subject<Added, Rows>> => ({
  [`adds ${what}, and changes no other row`]: async ({ region, work }) => {
    await work.save(all.filter((one) => one !== row));
    const before = await allRows(region);
    await work.save([row]);
    const after = await allRows(region);
    expectSame(
      'rows that were there',
      before.filter((one) => after.includes(one)),
      before,
    );
    if (after.length <= before.length) throw new Error(`Expected a row of ${what} but got none`);
  },

  [`adds ${what} by statements that are the same each time`]: ({ repository }) => {
    const made = () =>
      repository.save([row]).map((one) => {
        const { sql, parameters } = compiledOf(one);
        return createShow()({ sql, parameters });
      });
    expectSame('statements', made(), made());
  },
});

/**
 * Checks a repository that only inserts, such as one of `insertOnly`: it adds its rows, leaves all
 * others alone, and refuses what its constraints forbid.
 *
 * @example
 * const suite = insertOnlyContract({
 *   createSubject: async () => {
 *     await database.reset();
 *     return { region: database.primary, repository: createNotices(database.primary.db()) };
 *   },
 *   rows: { 'a notice': { id: 'n-1', text: 'Sold out' } },
 * });
 * for (const { name, run } of suite) it(name, run);
 */
export const insertOnlyContract = <Added, Rows extends readonly unknown[] = readonly Row[]>({
  createSubject,
  rows,
  refusals = {},
}: InsertOnlyExamples<Added, Rows>): Suite => {
  const subject = async (): Promise<Subject<Added, Rows>> => {
    const { region, repository } = await createSubject();
    return { region, repository, work: repositoryWork(region, repository) };
  };
  return suiteOf<Subject<Added, Rows>>(subject, {
    'adds all rows of a decision together': async ({ region, work }) => {
      const before = await allRows(region);
      await work.save(Object.values(rows));
      const added = (await allRows(region)).length - before.length;
      const least = Object.keys(rows).length;
      if (added < least) throw new Error(`Expected at least ${least} rows but got ${added}`);
    },

    ...checksFor(Object.entries(rows), (row) => rowChecks(row, Object.values(rows))),

    ...checksFor(Object.entries(refusals), ([what, { first, second, code }]) => ({
      [`refuses ${what}, and adds nothing`]: async ({ region, work }: Subject<Added, Rows>) => {
        await work.save([first]);
        const before = await allRows(region);
        const outcome = await work.trySave([second]);
        const answer = outcome.status === 'refused' ? outcome.refusal.code : outcome.status;
        expectSame('answer', answer, code);
        expectSame('rows', await allRows(region), before);
      },
    })),
  });
};
