import fc from 'fast-check';

export const takeoverMinutes = 10;

export const origins = ['us-east-1', 'us-west-2'] as const;
export const owners: readonly string[] = Array.from({ length: 2 }, () => crypto.randomUUID());
export const shards = [3, 12];

export type Origin = (typeof origins)[number];

/** Mostly one lane, so that steps meet each other. */
const lane = {
  shard: fc.constantFrom(3, 3, 3, ...shards),
  origin: fc.constantFrom(origins[0], origins[0], ...origins),
};

/** The outcome of all rows, of other owners too: of the first, the second and so on. */
const fates = fc.array(fc.constantFrom('published', 'retry', 'retry later', 'dead', 'none'), {
  minLength: 8,
  maxLength: 8,
});

const rowsMax = fc.integer({ min: 1, max: 4 });

/** The steps of relays, commands, people and clocks. */
export const steps = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      ...lane,
      kind: fc.constant('insert' as const),
      count: fc.integer({ min: 1, max: 4 }),
      ageMinutes: fc.constantFrom(0, 0, 5, 20),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      ...lane,
      kind: fc.constant('claim' as const),
      owner: fc.constantFrom(...owners),
      isTakeover: fc.constantFrom(false, false, true),
      leaseMinutes: fc.constantFrom(0, 2),
      rowsMax,
      /** Absent: the relay dies, or settles later. */
      settled: fc.option(fates, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      owner: fc.constantFrom(...owners),
      fates,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('mark' as const, 'redrive' as const),
      picks: fc.array(fc.constantFrom(true, false, false), { minLength: 8, maxLength: 8 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...lane, kind: fc.constant('purge' as const), rowsMax }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      minutes: fc.constantFrom(1, 2, 5, 30),
    }),
  },
);

export type Step = typeof steps extends fc.Arbitrary<infer One> ? One : never;
