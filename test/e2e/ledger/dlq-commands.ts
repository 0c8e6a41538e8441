import { beforeAll, describe, expect, it } from 'vitest';
import { type Intercept, idOf, lostBus, type Operations } from './outbox-commands.ts';

const account = '000000000000';
const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:${account}:function:antipode-ledger-${name}`;
const ruleArn = (name: string): string =>
  `arn:aws:events:us-east-1:${account}:rule/antipode-ledger/antipode-ledger-${name}`;

const isInvocation = (region: string, path: string): boolean =>
  region === 'us-east-1' && path.endsWith('antipode-ledger-project-totals/invocations');

/** Answers nothing, and says when it was asked. */
const hang = (isMeant: (...request: Parameters<Intercept>) => boolean) => {
  const asked = Promise.withResolvers<void>();
  const intercept: Intercept = (region, request) => {
    if (!isMeant(region, request)) return undefined;
    asked.resolve();
    return new Promise(() => {});
  };
  return { intercept, asked: asked.promise };
};

/** `antipode dlq` on the local stack. */
export const describeDlq = (started: () => Operations): void => {
  let { ledger, operator, intercept, advance } = {} as Operations;
  beforeAll(() => {
    ({ ledger, operator, intercept, advance } = started());
  });

  const totals = async () => (await ledger.ask(ledger.primary, {})).body.totals;

  /** The count of transactions of the primary Region in the totals. */
  const countOf = async (): Promise<number> =>
    (await totals())
      .filter(({ region }: { region: string }) => region === 'us-east-1')
      .reduce((sum: number, { count }: { count: number }) => sum + count, 0);

  /** Puts into a queue what EventBridge would. */
  const deadLetter = (queue: string, body: string, attributes: Readonly<Record<string, string>>) =>
    ledger.primary.sqs.sendToQueue(
      `arn:aws:sqs:us-east-1:${account}:antipode-ledger-${queue}`,
      body,
      { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'planted', ...attributes },
    );

  /** A committed event that no consumer has got, as a rule would hand it on. */
  const undelivered = async (transaction_id: string): Promise<string> => {
    intercept(lostBus);
    await ledger.ask(ledger.primary, { operation: 'write', transaction_id, amount: '1.00' });
    intercept();
    const { envelope } = await operator.json(`outbox show ${await idOf(operator, transaction_id)}`);
    return JSON.stringify({
      ...{ version: '0', id: 'bus-id', 'detail-type': envelope.type, source: envelope.source },
      ...{ account, time: '2026-11-23T10:00:00Z', region: 'us-east-1', resources: [] },
      detail: envelope,
    });
  };

  const messagesIn = async (queue: string, filter = '') => {
    const { queues } = await operator.json(`dlq list --queue antipode-ledger-${queue} ${filter}`);
    return queues[0].messages;
  };

  const untilEmpty = (queue: string) =>
    expect.poll(() => messagesIn(queue), { interval: 500 }).toEqual([]);

  describe('antipode dlq', () => {
    it('lists every queue of the service', async () => {
      const { stack, region, queues } = await operator.json('dlq list');
      expect({ stack, region }).toEqual({ stack: 'antipode-ledger-primary', region: 'us-east-1' });
      const names = queues.map(({ queue }: { queue: string }) => queue);
      expect(names.toSorted()).toEqual([
        'antipode-ledger-audit-replica-failures',
        'antipode-ledger-audit-replica-undelivered',
        'antipode-ledger-project-totals-failures',
        'antipode-ledger-project-totals-undelivered',
        'antipode-ledger-relay-failures',
        'antipode-ledger-relay-undelivered',
        'antipode-ledger-to-us-west-2-undelivered',
      ]);
    });

    it('redrives what a function failed at, once its cause is mended', async () => {
      const before = await countOf();
      await operator.ask('REVOKE INSERT, UPDATE ON ledger.totals FROM ledger_app');
      const write = { operation: 'write', transaction_id: 'dlq-function', amount: '1.00' };
      await ledger.ask(ledger.primary, write);
      await expect.poll(() => messagesIn('project-totals-failures')).toHaveLength(1);
      const [message] = await messagesIn('project-totals-failures');
      expect(message).toMatchObject({
        ...{ kind: 'function', eventType: 'TransactionRecorded', canBeRedriven: true },
        ...{ eventId: await idOf(operator, 'dlq-function') },
        cause: expect.stringContaining('permission denied'),
      });
      expect(await operator.json(`dlq show ${message.id}`)).toMatchObject({
        queue: 'antipode-ledger-project-totals-failures',
        body: { requestPayload: { detail: { data: { transaction_id: 'dlq-function' } } } },
      });
      expect(await messagesIn('project-totals-failures', '--cause PERMISSION')).toHaveLength(1);
      expect(await messagesIn('project-totals-failures', '--cause timeout')).toEqual([]);
      expect(await messagesIn('project-totals-failures', '--older-than 1h')).toEqual([]);
      const failing = await operator.run('dlq redrive --yes');
      expect(failing.code).toBe(1);
      expect(failing.lines).toContainEqual(expect.stringMatching(/ stays: .*permission denied/));
      await operator.ask('GRANT INSERT, UPDATE ON ledger.totals TO ledger_app');
      expect(await countOf()).toBe(before);
      const dry = await operator.json('dlq redrive --dry-run');
      expect(dry).toMatchObject({
        queues: expect.arrayContaining([
          expect.objectContaining({
            ...{ queue: 'antipode-ledger-project-totals-failures', messages: 1 },
          }),
        ]),
        redriven: 0,
      });
      expect(await operator.json(`dlq redrive ${message.id} --yes`)).toMatchObject({
        ...{ redriven: 1, failed: [] },
      });
      expect(await countOf()).toBe(before + 1);
      await untilEmpty('project-totals-failures');
    });

    it('hands an event to the function that a rule could not reach', async () => {
      const before = await countOf();
      const attributes = {
        RULE_ARN: ruleArn('project-totals'),
        TARGET_ARN: functionArn('project-totals'),
      };
      await deadLetter('project-totals-undelivered', await undelivered('dlq-rule'), attributes);
      const redrive = 'dlq redrive --queue antipode-ledger-project-totals-undelivered --yes';
      expect(await operator.json(redrive)).toMatchObject({ redriven: 1, failed: [] });
      expect(await countOf()).toBe(before + 1);
      await untilEmpty('project-totals-undelivered');
    });

    it('puts an event that did not cross Regions on its bus again, so that it crosses', async () => {
      const event = await undelivered('dlq-crossing');
      await deadLetter('to-us-west-2-undelivered', event, {
        RULE_ARN: ruleArn('to-us-west-2'),
        TARGET_ARN: `arn:aws:events:us-west-2:${account}:event-bus/antipode-ledger`,
      });
      const redrive = 'dlq redrive --queue antipode-ledger-to-us-west-2-undelivered --yes';
      expect(await operator.json(redrive)).toMatchObject({ redriven: 1, failed: [] });
      const sql = 'SELECT consumer FROM ledger.inbox WHERE event_id = $1 ORDER BY consumer';
      const handled = async () =>
        (await operator.ask(sql, await idOf(operator, 'dlq-crossing'))).map(
          (row) => row['consumer'],
        );
      await expect.poll(handled).toEqual(['audit-replica', 'project-totals']);
    });

    it('starts what a schedule could not start', async () => {
      const runs = () =>
        ledger.invocations.filter(
          ({ functionName, payload }) =>
            functionName === 'antipode-ledger-relay' && payload.includes('2026-11-23T10:00:00Z'),
        );
      await deadLetter('relay-undelivered', '{"scheduledTime":"2026-11-23T10:00:00Z"}', {
        SCHEDULE_ARN: `arn:aws:scheduler:us-east-1:${account}:schedule/default/antipode-ledger-relay`,
        TARGET_ARN: functionArn('relay'),
      });
      expect(await messagesIn('relay-undelivered')).toMatchObject([{ kind: 'schedule' }]);
      const redrive = 'dlq redrive --queue antipode-ledger-relay-undelivered --yes';
      expect(await operator.json(redrive)).toMatchObject({ redriven: 1, failed: [] });
      expect(runs()).toMatchObject([{ failed: false }]);
    });

    it('leaves a message whose sender it does not know, until a person discards it', async () => {
      // The other Region writes nothing here, so no other message gets into this queue.
      await ledger.primary.sqs.sendToQueue(
        `arn:aws:sqs:us-east-1:${account}:antipode-ledger-audit-replica-failures`,
        'a note',
        {},
      );
      const redrive = 'dlq redrive --queue antipode-ledger-audit-replica-failures --yes --json';
      const { code, lines } = await operator.run(redrive);
      expect(code).toBe(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        redriven: 0,
        failed: [
          { reason: 'it does not say what to run again: look at it with antipode dlq show' },
        ],
      });
      const [note] = await messagesIn('audit-replica-failures');
      const discard = `dlq discard ${note.id}`;
      expect(await operator.json(`${discard} --dry-run`)).toMatchObject({ toDiscard: [note.id] });
      expect(await operator.run(discard)).toMatchObject({ code: 2, lines: [] });
      expect(await operator.json(`${discard} --yes`)).toMatchObject({
        discarded: [
          { queue: 'antipode-ledger-audit-replica-failures', id: note.id, body: 'a note' },
        ],
        missing: [],
      });
      expect(await messagesIn('audit-replica-failures')).toEqual([]);
    });

    it('asks before it runs anything, and refuses where nobody can be asked', async () => {
      const redrive = 'dlq redrive --queue antipode-ledger-project-totals-undelivered';
      expect(await operator.run(redrive)).toMatchObject({ code: 2, lines: [] });
      const attributes = { RULE_ARN: 'r', TARGET_ARN: functionArn('project-totals') };
      await deadLetter('project-totals-undelivered', await undelivered('dlq-asked'), attributes);
      const asked: string[] = [];
      const agrees = async (question: string) => asked.push(question) === 0;
      const { code, errors } = await operator.run(redrive, { isThere: true, agrees });
      expect({ code, errors }).toEqual({ code: 1, errors: ['nothing was changed'] });
      expect(asked).toEqual([
        'Redrive 1 message of 1 queue of antipode-ledger-primary in us-east-1 (local): function antipode-ledger-project-totals?',
      ]);
      expect(await operator.json(`${redrive} --yes`)).toMatchObject({ redriven: 1 });
    });

    it.each([
      [
        'before the function has run',
        () => hang((region, { path }) => isInvocation(region, path)),
        0,
      ],
      [
        'before the message is deleted',
        () => hang((_, { headers }) => headers['x-amz-target'] === 'AmazonSQS.DeleteMessage'),
        1,
      ],
    ])('loses no message when it is killed %s, and none takes effect twice', async (...row) => {
      const [, hanging, done] = row;
      const before = await countOf();
      const attributes = { RULE_ARN: 'r', TARGET_ARN: functionArn('project-totals') };
      const event = await undelivered(`dlq-killed-${done}`);
      await deadLetter('project-totals-undelivered', event, attributes);
      const hung = hanging();
      intercept(hung.intercept);
      const redrive = 'dlq redrive --queue antipode-ledger-project-totals-undelivered --yes';
      const { kill, ended } = operator.start(redrive);
      await hung.asked;
      kill();
      await ended;
      intercept();
      expect(await countOf()).toBe(before + done);
      expect(await messagesIn('project-totals-undelivered')).toEqual([]);
      // The message was hidden for the longest run of the function and half a minute.
      advance(60_000);
      expect(await operator.json(redrive)).toMatchObject({ redriven: 1, failed: [] });
      expect(await countOf()).toBe(before + 1);
      await untilEmpty('project-totals-undelivered');
      // Back to the time of this machine, as the other tests expect.
      advance(-60_000);
    });

    it.each([
      ['dlq', 'give list, show, redrive or discard'],
      ['dlq discard', 'dlq discard: give the ids of messages or events'],
      ['dlq list --rate 5', 'dlq list takes no --rate: see antipode dlq --help'],
      ['dlq show', 'dlq show: give the id of a message'],
      [
        'dlq redrive --older-than soon',
        '--older-than soon: give an age, such as 90s, 10m, 2h or 3d',
      ],
    ])('refuses %s in one line, with exit code 2', async (args, error) => {
      expect(await operator.run(args)).toEqual({ code: 2, lines: [], errors: [error] });
    });

    it('says in one line that there is no such queue, and no such message', async () => {
      const { code, errors } = await operator.run('dlq list --queue none');
      expect({ code, errors }).toEqual({
        code: 2,
        errors: [expect.stringMatching(/^--queue none: stack antipode-ledger-primary has .+/)],
      });
      expect((await operator.run('dlq show none')).errors).toEqual([
        expect.stringMatching(/^none is in no queue that was read: /),
      ]);
    });
  });
};
