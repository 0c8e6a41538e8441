import {
  accept,
  type ConsumerContext,
  type ConsumerEvent,
  type Decision,
  type DomainEvent,
  defineService,
  type RunContext,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { object, string } from 'valibot';

type Price = { readonly article: string; readonly price: string };

/** A price list that follows the prices of the articles. */
export const catalog = defineService({
  name: 'catalog',
  source: 'shop.catalog',
  schema: 'catalog',
  migrations: [
    {
      id: 'catalog-0001-articles',
      ddl: 'CREATE TABLE catalog.articles (id text PRIMARY KEY, version bigint NOT NULL)',
    },
    {
      id: 'catalog-0002-prices',
      ddl: 'CREATE TABLE catalog.prices (article text PRIMARY KEY, price text NOT NULL)',
    },
  ],
  events: { PriceChanged: { version: 1, schema: object({ article: string(), price: string() }) } },
  consumers: { prices: { on: ['PriceChanged'], ordered: true } },
});

type PriceChanged = DomainEvent<'PriceChanged', Price, 1>;
type Article = { readonly id: string; readonly version: number };
type ArticleRow = { readonly id: string; readonly version: string };

export const articles: DsqlRepository<string, Article, [ArticleRow]> = {
  empty: { id: '', version: 0 },
  load: (id) => [
    statement<ArticleRow>('SELECT id, version FROM catalog.articles WHERE id = $1', id),
  ],
  toState: ([[row]]) => (row ? { id: row.id, version: Number(row.version) } : articles.empty),
  save: ({ id, version }) => [
    statement(
      `INSERT INTO catalog.articles VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET version = $2`,
      id,
      version,
    ),
  ],
};

/** Each change writes the article's row, so two of them never have the same version. */
export const changePrice =
  (runner: WorkRunner<string, Article, PriceChanged>) =>
  (key: string, data: Price, run: RunContext) =>
    runner.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['changePrice', data]) },
      load: data.article,
      decide: ({ version }): Decision<Article, null, PriceChanged> => {
        const changed = { id: data.article, version: version + 1 };
        const event: PriceChanged = {
          type: 'PriceChanged',
          schemaVersion: 1,
          subject: changed.id,
          aggregateVersion: changed.version,
          data,
        };
        return accept({ state: changed, events: [event], result: null });
      },
    });

/** The last price wins, so the events of an article must come in their order. */
export const prices: DsqlRepository<never, Price, readonly []> = {
  empty: { article: '', price: '' },
  load: () => [],
  toState: () => prices.empty,
  save: ({ article, price }) => [
    statement(
      `INSERT INTO catalog.prices VALUES ($1, $2)
        ON CONFLICT (article) DO UPDATE SET price = $2`,
      article,
      price,
    ),
  ],
};

export const followPrice =
  (runner: WorkRunner<never, Price>) =>
  ({ data }: ConsumerEvent<typeof catalog, 'prices'>, run: ConsumerContext) =>
    runner.run({
      ...run,
      load: null,
      decide: () => accept({ state: data, events: [], result: null }),
    });
