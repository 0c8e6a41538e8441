import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { desk, notices } from '../../docs/examples/notices.ts';
import { insertOnly, statement } from '../../src/adapters/dsql/index.ts';
import { accept } from '../../src/domain/kernel/index.ts';
import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from '../../src/testing/index.ts';

const placed = {
  type: 'OrderPlaced',
  schemaVersion: 1,
  subject: 'o-1',
  aggregateVersion: 1,
  data: { product: 'lamp', quantity: 2 },
} as const;

describe('the page on consumers', () => {
  let database: TestDatabase;
  let service: TestService<typeof desk>;
  beforeAll(async () => {
    database = await startTestDatabase(desk);
    service = createTestService(desk, database, { consumers: { notices } });
  }, 120_000);
  beforeEach(() => service.reset());
  afterAll(() => database?.stop());

  it('shows a consumer of the events of the other Region', async () => {
    const { runner, run } = service.primary;
    const place = runner(insertOnly<never>(() => statement('SELECT 1')));
    await place.run({
      ...run(),
      once: { kind: 'command', key: 'o-1', fingerprint: '' },
      load: null,
      decide: () => accept({ state: [], events: [placed], result: null }),
    });
    const { tree } = await service.settle();
    expect(tree).toEqual([
      'o-1 in us-east-1: committed',
      '  OrderPlaced of o-1',
      '    notices in us-west-2: committed',
    ]);
    type Tables = { 'desk.notices': { text: string } };
    const db = database.primary.db<Tables>();
    const notes = await db.selectFrom('desk.notices').select('text').execute();
    expect(notes).toEqual([{ text: '2 of lamp are ordered in us-east-1' }]);
  });
});
