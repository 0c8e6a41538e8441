/** One case of a contract. */
export type ContractCase = {
  /** The rule that it checks, for the title of a test. */
  readonly name: string;
  /**
   * Makes a subject and checks it.
   *
   * @throws {Error} that shows the difference, when the subject breaks the rule
   */
  readonly run: () => Promise<void>;
};

/**
 * The cases of a contract, for any test runner: each is one test.
 *
 * @example
 * for (const { name, run } of outboxContract(createSubject)) it(name, run);
 */
export type Suite = readonly ContractCase[];

/** The check of each rule, by the rule. */
export type Checks<Subject> = Readonly<
  Record<string, (subject: Subject) => Promise<unknown> | unknown>
>;

/** The cases of a contract: each check gets a subject of its own. */
export const suiteOf = <Subject>(
  createSubject: () => Promise<Subject>,
  checks: Checks<Subject>,
): Suite =>
  Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      await check(await createSubject());
    },
  }));

/**
 * The checks of several groups.
 *
 * @throws {TypeError} for two checks of one title, of which one would be lost
 */
export const checksFor = <Item, Subject>(
  items: readonly Item[],
  checksOf: (item: Item) => Checks<Subject>,
): Checks<Subject> => {
  const checks = new Map<string, Checks<Subject>[string]>();
  for (const [name, check] of items.flatMap((item) => Object.entries(checksOf(item)))) {
    if (checks.has(name)) throw new TypeError(`Two checks are called "${name}"`);
    checks.set(name, check);
  }
  return Object.fromEntries(checks);
};
