import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Operations } from './outbox-commands.ts';

const service = fileURLToPath(new URL('../../../src/adapters/ledger/service.ts', import.meta.url));

/** `antipode events send` and `replay` on the local stack. */
export const describeEvents = (started: () => Operations): void => {
  let { ledger, operator } = {} as Operations;
  beforeAll(() => {
    ({ ledger, operator } = started());
  });

  const totals = async () => (await ledger.ask(ledger.primary, {})).body.totals;

  /** The invocations of a consumer by events with an id, replayed ones alone if it is asked for. */
  const heard = (consumer: string, eventId: string) =>
    ledger.invocations
      .filter(({ functionName }) => functionName === `antipode-ledger-${consumer}`)
      .map(({ region, payload }) => ({ region, event: JSON.parse(payload) }))
      .filter(({ event }) => event.detail?.id === eventId);

  const data = (id: string): string =>
    JSON.stringify({
      ...{ transaction_id: id, amount: '1.00', currency: 'USD' },
      recorded_at: '2026-11-23T10:00:00.000Z',
    });

  const send = (id: string): string =>
    `events send TransactionRecorded --service ${service} --data ${data(id)}`;

  describe('antipode events send', () => {
    it('puts an event of a declared type on the bus, in its envelope', async () => {
      const sent = await operator.json(`${send('sent')} --subject sent --correlation c-1 --yes`);
      expect(sent).toMatchObject({
        ...{ stack: 'antipode-ledger-primary', region: 'us-east-1', sent: true },
        event: {
          ...{ specversion: '1.0', source: 'antipode.ledger', type: 'TransactionRecorded' },
          ...{ schemaversion: 1, originregion: 'us-east-1', subject: 'sent' },
          ...{ correlationid: 'c-1', data: { transaction_id: 'sent', amount: '1.00' } },
        },
      });
      await ledger.stack.idle();
      expect(heard('project-totals', sent.event.id)).toHaveLength(1);
      expect(heard('audit-replica', sent.event.id)).toMatchObject([{ region: 'us-west-2' }]);
    });

    it('sends nothing with --dry-run, nor without an answer', async () => {
      const { event, sent } = await operator.json(`${send('dry')} --dry-run`);
      expect(sent).toBe(false);
      expect(await operator.run(send('dry'))).toMatchObject({ code: 2, lines: [] });
      await ledger.stack.idle();
      expect(heard('project-totals', event.id)).toEqual([]);
    });

    it.each([
      ['no type', 'events send', 2, 'events send: give the type of the event'],
      [
        'a type that nobody declared',
        `events send TransactionRecordet --service ${service} --data {} --yes`,
        2,
        `${service} declares no event TransactionRecordet: is it TransactionRecorded?`,
      ],
      [
        'data that no reader would take',
        `events send TransactionRecorded --service ${service} --data {"amount":1} --yes`,
        1,
        '--data: Event TransactionRecorded does not fit its schema: ',
      ],
      [
        'data that is not JSON',
        `events send TransactionRecorded --service ${service} --data no --yes`,
        2,
        '--data is not JSON: ',
      ],
    ])('refuses %s in one line', async (_what, args, code, error) => {
      const done = await operator.run(args);
      expect(done.code).toBe(code);
      expect(done.errors).toEqual([expect.stringContaining(error)]);
    });
  });

  describe('antipode events replay', () => {
    it('sends the archive again, marked, without effect and without crossing Regions', async () => {
      const { event } = await operator.json(`${send('replayed')} --yes`);
      await ledger.stack.idle();
      const before = await totals();
      const since = new Date(Math.floor(Date.parse(event.time) / 1000) * 1000).toISOString();
      const replay = `events replay --since ${since} --until 2100-01-01`;
      const about = {
        ...{ stack: 'antipode-ledger-primary', region: 'us-east-1' },
        rules: ['antipode-ledger-project-totals'],
      };
      expect(await operator.json(`${replay} --dry-run`)).toMatchObject({
        rules: expect.arrayContaining(['antipode-ledger-project-totals']),
      });
      const rules = '--rule antipode-ledger-project-totals';
      const done = await operator.json(`${replay} ${rules} --yes`);
      expect(done).toMatchObject({ ...about, state: 'COMPLETED' });
      const all = await operator.json(`${replay} --yes`);
      expect(all.rules).not.toContain('antipode-ledger-to-us-west-2');
      await ledger.stack.idle();
      const names = heard('project-totals', event.id).map((one) => one.event['replay-name']);
      // The second replay may overtake the first: neither waits for the consumer.
      expect(names.toSorted()).toEqual([undefined, done.replay, all.replay].toSorted());
      expect(heard('audit-replica', event.id)).toHaveLength(1);
      expect(await totals()).toEqual(before);
      const { replays } = await operator.json('events replay --list');
      expect(replays).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ replay: done.replay, state: 'COMPLETED' }),
        ]),
      );
      expect(await operator.run(`events replay --cancel ${all.replay} --yes`)).toMatchObject({
        ...{ code: 1, errors: [expect.stringContaining('not in a valid state')] },
      });
    });

    it.each([
      ['events replay', 'events replay: give --since, --list or --cancel'],
      [
        'events replay --since 2h --rule antipode-ledger-to-us-west-2 --yes',
        '--rule antipode-ledger-to-us-west-2: its pattern excludes what is replayed',
      ],
      ['events replay --since 2h --until 3h --yes', '--since 2h is not before --until 3h'],
    ])('refuses %s in one line, with exit code 2', async (args, error) => {
      expect(await operator.run(args)).toEqual({ code: 2, lines: [], errors: [error] });
    });
  });
};
