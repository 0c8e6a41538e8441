import { expect, it } from 'vitest';
import { testDsql } from '../../../support/dsql.ts';

/** Five databases are made for it; a busy machine takes a while. */
const msMax = 180_000;

it(
  'lets the first clients of a role in when they come at once, in both Regions',
  async () => {
    for (let round = 0; round < 5; round += 1) {
      const dsql = await testDsql();
      const clients = await Promise.all(
        Array.from({ length: 12 }, (_, at) =>
          dsql.adminConnection(at % 2 === 0 ? undefined : dsql.peer),
        ),
      );
      const answers = await Promise.all(clients.map((client) => client.query('SELECT 1 AS one')));
      expect(answers.map(({ rows }) => rows)).toEqual(clients.map(() => [{ one: 1 }]));
      await dsql.stop();
    }
  },
  msMax,
);
