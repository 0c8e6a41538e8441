import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  articles,
  catalog,
  changePrice,
  followPrice,
  prices,
} from '../../docs/examples/price-list.ts';
import { query, statement } from '../../src/adapters/dsql/index.ts';
import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
} from '../../src/testing/index.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase(catalog);
});

afterAll(() => database.stop());

beforeEach(() => database.reset());

const rows = async (sql: string) =>
  (await query(database.secondary.connections, statement(sql), { writes: false })).rows;

const waiting = 'SELECT event_id FROM catalog.ordered_events';

const createService = () =>
  createTestService(catalog, database, {
    consumers: { prices: ({ runner }) => followPrice(runner(prices)) },
  });

/** Changes the price of a hat five times, in both Regions by turns. */
const changePrices = async ({ primary, secondary }: ReturnType<typeof createService>) => {
  for (const [at, price] of ['10', '11', '12', '13', '14'].entries()) {
    const { runner, run } = at % 2 === 0 ? primary : secondary;
    await changePrice(runner(articles))(price, { article: 'hat', price }, run());
  }
};

describe('the price list of the documents', () => {
  it('ends with the last price when the events come backwards, twice, in both Regions', async () => {
    const service = createService();
    await changePrices(service);
    expect(await rows(waiting)).toHaveLength(5);
    const delivered = await service.deliver({ copies: 2, reorder: (all) => all.toReversed() });
    expect(delivered.map(({ event, status }) => `${event.aggregateversion} ${status}`)).toEqual([
      ...['5 committed', '5 replayed', '4 replayed', '4 replayed', '3 replayed'],
      ...['3 replayed', '2 replayed', '2 replayed', '1 replayed', '1 replayed'],
    ]);
    expect(await rows('SELECT price FROM catalog.prices')).toEqual([{ price: '14' }]);
    expect(await rows(waiting)).toEqual([]);
  });

  it('ends with the last price when the events before it are lost', async () => {
    const service = createService();
    await changePrices(service);
    await service.deliver({
      reorder: (all) => all.filter(({ event }) => event.aggregateversion === 5),
    });
    expect(await rows('SELECT price FROM catalog.prices')).toEqual([{ price: '14' }]);
    expect(await rows('SELECT count(*)::int AS handled FROM catalog.inbox')).toEqual([
      { handled: 5 },
    ]);
  });

  it('leaves an event out that a person has recorded as handled', async () => {
    const service = createService();
    await changePrices(service);
    const [first] = service.bus.published;
    const record = statement(
      "INSERT INTO catalog.inbox (event_id, consumer, handled_at, shard) VALUES ($1, 'prices', now(), 0)",
      first?.id,
    );
    await query(database.primary.connections, record, { writes: true });
    await service.deliver({ reorder: (all) => all.toReversed() });
    expect(await rows('SELECT price FROM catalog.prices')).toEqual([{ price: '14' }]);
    expect(await rows(waiting)).toEqual([]);
  });
});
