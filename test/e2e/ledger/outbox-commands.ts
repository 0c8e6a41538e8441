import { beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../../packages/local-dsql/src/http/http.ts';
import type { Operator } from './operator.ts';
import type { LedgerStack } from './stack.ts';

/** A request of a Region that a test answers in the place of the services. */
export type Intercept = (region: string, request: Parameters<Route>[0]) => ReturnType<Route>;

/** Shared by the parts of the test. */
export type Operations = {
  readonly ledger: LedgerStack;
  readonly operator: Operator;
  /** Has requests answered by a test, until it is called again. */
  readonly intercept: (intercept?: Intercept) => void;
  /** Moves the clock of the queues forward. */
  readonly advance: (ms: number) => void;
};

/** The id of the event of a transaction. */
export const idOf = async (operator: Operator, transactionId: string): Promise<string> => {
  const sql = 'SELECT id FROM ledger.outbox WHERE envelope LIKE $1';
  const [row] = await operator.ask(sql, `%"${transactionId}"%`);
  return String(row?.['id']);
};

const handledBy = async (operator: Operator, eventId: string): Promise<readonly string[]> => {
  const sql = 'SELECT consumer FROM ledger.inbox WHERE event_id = $1 ORDER BY consumer';
  return (await operator.ask(sql, eventId)).map(({ consumer }) => String(consumer));
};

/** A bus that takes events, and is lost before it delivers any. */
export const lostBus: Intercept = (region, { headers, body }) => {
  if (region !== 'us-east-1' || headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
  const { Entries } = JSON.parse(body.toString()) as { readonly Entries: readonly unknown[] };
  const taken = Entries.map((_, index) => ({ EventId: `lost-${index}` }));
  return { status: 200, body: JSON.stringify({ FailedEntryCount: 0, Entries: taken }) };
};

/** `antipode outbox` on the local stack. */
export const describeOutbox = (started: () => Operations): void => {
  let { ledger, operator, intercept } = {} as Operations;
  beforeAll(() => {
    ({ ledger, operator, intercept } = started());
  });

  const write = async (transaction_id: string): Promise<string> => {
    await ledger.ask(ledger.primary, { operation: 'write', transaction_id, amount: '1.00' });
    return idOf(operator, transaction_id);
  };

  const totals = async () => (await ledger.ask(ledger.primary, {})).body.totals;

  describe('antipode outbox', () => {
    it('lists what was published, and shows one event with its envelope', async () => {
      const id = await write('outbox-shown');
      await ledger.stack.idle();
      await expect
        .poll(() => operator.json(`outbox list --state published --max 1000`))
        .toMatchObject({
          region: 'us-east-1',
          schema: 'ledger',
          status: { dead: { count: 0, orMore: false } },
          events: expect.arrayContaining([
            expect.objectContaining({
              ...{ id, state: 'published', type: 'TransactionRecorded', origin: 'us-east-1' },
            }),
          ]),
        });
      expect(await operator.json(`outbox show ${id}`)).toMatchObject({
        id,
        state: 'published',
        envelope: { id, data: { transaction_id: 'outbox-shown' } },
      });
      const { lines } = await operator.run(`outbox show ${id}`);
      expect(lines).toContain(`id           ${id}`);
    });

    it('redrives a dead event, which the relay then publishes; its consumer knows it', async () => {
      const id = await write('outbox-dead');
      await ledger.stack.idle();
      const before = await totals();
      await operator.ask(
        `UPDATE ledger.outbox SET published_at = NULL, dead_at = now(), attempts = 60,
          last_error = 'MalformedDetail: planted' WHERE id = $1`,
        id,
      );
      expect(await operator.json('outbox list')).toMatchObject({
        status: { dead: { count: 1, orMore: false } },
        events: [{ id, state: 'dead', attempts: 60, lastError: 'MalformedDetail: planted' }],
      });
      const [line = ''] = (await operator.run('outbox list')).lines;
      expect(line).toMatch(new RegExp(`^${id}  dead .* 60 attempts  MalformedDetail: planted$`));
      const redrive = `outbox redrive ${id}`;
      expect(await operator.run(redrive)).toEqual({
        code: 2,
        lines: [],
        errors: ['nobody can be asked here: give --yes, or --dry-run to see what it would do'],
      });
      expect(await operator.json(`${redrive} --dry-run`)).toEqual({
        ...{ dead: [id], left: [], redriven: 0 },
      });
      const no = await operator.run(redrive, { isThere: true, agrees: async () => false });
      expect(no).toMatchObject({ code: 1, errors: ['nothing was changed'] });
      expect((await operator.json(`outbox show ${id}`)).state).toBe('dead');
      expect(await operator.json(`${redrive} --yes`)).toMatchObject({ redriven: 1 });
      const stateNow = async () => (await operator.json(`outbox show ${id}`)).state;
      await expect.poll(stateNow).toBe('published');
      await ledger.stack.idle();
      expect(await totals()).toEqual(before);
      const gone = '00000000-0000-4000-8000-000000000000';
      expect(await operator.run(`outbox redrive ${gone} --yes`)).toMatchObject({
        code: 1,
        lines: [
          `${gone} is no event of the outbox: it was never committed, or was deleted since`,
          '0 dead events to redrive',
        ],
      });
      const again = await operator.run(`${redrive} --yes`);
      expect(again.lines[0]).toBe(`${id} is not dead: left as it is`);
      expect(again.code).toBe(1);
    });

    it('redrives all that are dead, page by page, below a rate', async () => {
      await operator.ask(
        `INSERT INTO ledger.outbox (shard, id, envelope, origin_region, occurred_at, due_at,
            attempts, dead_at)
          SELECT 10, ('a' || substr(gen_random_uuid()::text, 2))::uuid, 'none', 'us-east-1', now(),
            now(), 60, now()
          FROM generate_series(1, 150)`,
      );
      const asked: string[] = [];
      const agrees = async (question: string) => asked.push(question) > 0;
      const { code, lines } = await operator.run('outbox redrive --dead --rate 10000', {
        ...{ isThere: true, agrees },
      });
      expect({ code, lines }).toEqual({ code: 0, lines: ['150 events redriven'] });
      expect(asked).toEqual([
        'Redrive all 150 dead events of antipode-ledger-primary in us-east-1 (local)?',
      ]);
      await operator.ask("DELETE FROM ledger.outbox WHERE envelope = 'none'");
    });

    it('republishes from the surviving Region what a lost bus had taken', async () => {
      intercept(lostBus);
      const since = new Date().toISOString();
      const names = ['lost-1', 'lost-2', 'lost-3'];
      const ids = await Promise.all(names.map(write));
      await ledger.stack.idle();
      for (const id of ids) {
        await expect
          .poll(async () => (await operator.json(`outbox show ${id}`)).state)
          .toBe('published');
        expect(await handledBy(operator, id)).toEqual([]);
      }
      const republish = `outbox republish --region us-west-2 --origin us-east-1 --since ${since}`;
      expect(await operator.json(`${republish} --dry-run`)).toMatchObject({
        ...{ region: 'us-west-2', found: 3, types: { TransactionRecorded: 3 } },
      });
      expect(await operator.json(`${republish} --yes`)).toMatchObject({
        ...{ origin: 'us-east-1', found: 3, published: 3, failed: [] },
      });
      for (const id of ids) {
        await expect
          .poll(() => handledBy(operator, id))
          .toEqual(['audit-replica', 'project-totals']);
      }
      intercept();
      const once = await totals();
      expect(await operator.json(`${republish} --yes`)).toMatchObject({ published: 3 });
      await ledger.stack.idle();
      expect(await totals()).toEqual(once);
    });

    it('republishes events of the surviving Region, and fails where there are none', async () => {
      const republish = 'outbox republish --region us-west-2 --since 2h --yes';
      const own = await operator.run(`${republish} --origin us-west-2 --dry-run`);
      expect(own.errors).toContainEqual(
        expect.stringMatching(/^us-west-2 is the Region of this stack: /),
      );
      const { code, lines } = await operator.run(`${republish} --origin us-east-2`);
      expect({ code, lines }).toEqual({
        code: 1,
        lines: [expect.stringMatching(/^no event of us-east-2 .* are of us-east-1/)],
      });
    });

    it.each([
      ['outbox', 'give list, show, redrive or republish'],
      ['outbox list --dead', 'outbox list takes no --dead: see antipode outbox --help'],
      ['outbox show none', 'none is no id of an event: antipode outbox list prints them'],
      [
        'outbox redrive --yes',
        'outbox redrive: give the ids of events, or --dead for all that are dead',
      ],
      [
        'outbox republish --origin us-esat --since 2h --yes',
        '--origin us-esat is no Region: give a name such as us-east-1',
      ],
      [
        'outbox republish --origin us-east-1 --since yesterday --yes',
        '--since yesterday: give a time such as 2026-11-23T10:00:00Z, or an age such as 2h',
      ],
      [
        'outbox list --region eu-west-1',
        '--region eu-west-1: the local stack is in us-east-1 and us-west-2',
      ],
    ])('refuses %s in one line, with exit code 2', async (args, error) => {
      expect(await operator.run(args)).toEqual({ code: 2, lines: [], errors: [error] });
    });

    it('says in one line that an event is in no outbox', async () => {
      const id = '00000000-0000-4000-8000-000000000000';
      expect(await operator.run(`outbox show ${id}`)).toEqual({
        ...{ code: 1, lines: [] },
        errors: [`${id} is not in the outbox: it was never committed, or was deleted since`],
      });
    });

    it('is a command of antipode', async () => {
      const { code, lines, errors } = await operator.start('outbox list --json').ended;
      expect({ code, errors }).toEqual({ code: 0, errors: [] });
      expect(JSON.parse(lines.join(''))).toMatchObject({ schema: 'ledger' });
    });
  });
};
