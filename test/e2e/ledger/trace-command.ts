import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type startCollector, valuesOf } from '../../adapters/opentelemetry/collector.ts';
import type { Operations } from './outbox-commands.ts';

const service = fileURLToPath(new URL('../../../src/adapters/ledger/service.ts', import.meta.url));

/** `antipode trace` on the local stack. */
export const describeTrace = (
  started: () => Operations,
  collector: () => Awaited<ReturnType<typeof startCollector>>,
): void => {
  let { ledger, operator, intercept } = {} as Operations;
  beforeAll(() => {
    ({ ledger, operator, intercept } = started());
  });

  const settled = async () => {
    await ledger.stack.idle();
    await operator.kept();
  };

  const write = async (id: string) => {
    const payload = { operation: 'write', transaction_id: id, amount: '1.00' };
    await ledger.ask(ledger.primary, payload);
    await settled();
  };

  const traced = async (id: string) => (await operator.json(`trace ${id}`)).traces;

  describe('antipode trace', () => {
    it('tells of the command, its event and every effect in both Regions, by each of its ids', async () => {
      await write('traced');
      // The command does not wait for its mark.
      await expect
        .poll(async () => (await traced('traced'))[0]?.events[0]?.state)
        .toBe('published');
      const found = await operator.json('trace traced');
      expect(found).toMatchObject({ id: 'traced', regions: ['us-east-1', 'us-west-2'], notes: [] });
      const [trace, ...others] = found.traces;
      expect(others).toEqual([]);
      expect(trace).toMatchObject({
        steps: [
          {
            ...{ region: 'us-east-1', function: 'antipode-ledger-api', key: 'traced' },
            ...{ message: 'Command committed', status: 'committed' },
          },
        ],
        events: [{ type: 'TransactionRecorded', origin: 'us-east-1', missing: [], events: [] }],
        missing: [],
      });
      const [event] = trace.events;
      const handled = event.attemptsLogged.map((one: Record<string, unknown>) => [
        ...[one['region'], one['function'], one['status']],
      ]);
      expect(handled.toSorted()).toEqual([
        ['us-east-1', 'antipode-ledger-project-totals', 'committed'],
        ['us-west-2', 'antipode-ledger-audit-replica', 'committed'],
      ]);
      const consumers = event.effects.map(({ consumer }: { consumer: string }) => consumer);
      expect(consumers.toSorted()).toEqual(['audit-replica', 'project-totals']);
      const ids = [trace.correlationId, trace.traceIds[0], event.id, trace.steps[0].requestId];
      for (const id of ids) expect(await traced(id)).toEqual([trace]);
    });

    it('names the trace whose spans the collector has, of both Regions', async () => {
      await write('spans');
      const [{ traceIds }] = await traced('spans');
      expect(traceIds).toHaveLength(1);
      const sent = collector().requests.flatMap(({ body }) =>
        body.resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans
              .filter(({ traceId }) => traceId === traceIds[0])
              .map((span) => ({ ...span, of: valuesOf(resource.attributes) })),
          ),
        ),
      );
      const [root, ...roots] = sent.filter(({ parentSpanId }) => parentSpanId === undefined);
      expect([root?.name, roots]).toEqual(['antipode-ledger-api', []]);
      const below = (spanId: string | undefined) =>
        sent
          .filter(({ parentSpanId }) => parentSpanId === spanId)
          .map(({ name, of }) => `${name} in ${of['cloud.region']}`)
          .toSorted();
      expect(below(root?.spanId)).toEqual([
        'COMMIT postgres in us-east-1',
        'process TransactionRecorded in us-east-1',
        'process TransactionRecorded in us-west-2',
        'send antipode-ledger in us-east-1',
      ]);
      const consumer = sent.find(
        ({ name, of }) => name.startsWith('process') && of['cloud.region'] === 'us-west-2',
      );
      expect(below(consumer?.spanId)).toEqual(['COMMIT postgres in us-west-2']);
    });

    it('draws a tree for a person', async () => {
      await write('drawn');
      const { code, lines } = await operator.run('trace drawn');
      expect(code).toBe(0);
      expect(lines[0]).toMatch(/^request [\da-f-]{36} {2}trace [\da-f]{32}$/);
      expect(lines[1]).toMatch(
        /^├ us-east-1 {2}antipode-ledger-api {2}[\d:.]+ {2}Command committed: drawn$/,
      );
      expect(lines[2]).toMatch(/^└ TransactionRecorded [\da-f-]{36} {2}p/);
      expect(lines.slice(3).join('\n')).toMatch(/took effect once: project-totals at [\d:.]+/);
    });

    it('says of an event that waits when it is due', async () => {
      intercept((_, { headers }) =>
        headers['x-amz-target'] === 'AWSEvents.PutEvents' ? { status: 500, body: '{}' } : undefined,
      );
      try {
        await write('waiting');
        const [trace] = await traced('waiting');
        expect(trace.steps.map(({ message }: { message: string }) => message).sort()).toEqual([
          ...['Command committed', 'Events are left to the relay'],
        ]);
        expect(trace.events).toMatchObject([
          {
            ...{ state: 'pending', attemptsLogged: [], effects: [] },
            missing: [expect.stringMatching(/^not published yet: due at \d{4}-/)],
          },
        ]);
      } finally {
        intercept(undefined);
      }
    });

    it('says where something is missing', async () => {
      const data = JSON.stringify({
        ...{ transaction_id: 'by-hand', amount: '1.00', currency: 'USD' },
        recorded_at: '2026-11-23T10:00:00.000Z',
      });
      const send = `events send TransactionRecorded --service ${service} --data ${data}`;
      await operator.json(`${send} --subject by-hand --correlation by-hand-1 --yes`);
      await settled();
      const [trace] = await traced('by-hand-1');
      expect(trace.missing).toEqual(['no line of the log tells of the request itself']);
      expect(trace.events).toMatchObject([
        { state: 'unknown', missing: [expect.stringContaining('the outbox has no row of it')] },
      ]);
      expect(await operator.run('trace nobody')).toMatchObject({
        ...{ code: 1, errors: [] },
        lines: ['! nothing is known of nobody: try an earlier --since'],
      });
    });

    it.each([
      ['trace', 'trace: give the id of a request: see antipode trace --help'],
      ['trace a b', 'trace: b is one argument too many'],
      ['trace a --peer-stack b', 'trace: give --peer-stack and --peer-region together'],
      [
        'trace a --since yesterday',
        '--since yesterday: give a time such as 2026-11-23T10:00:00Z, or an age such as 2h',
      ],
    ])('refuses %s in one line, with exit code 2', async (args, error) => {
      expect(await operator.run(args)).toEqual({ code: 2, lines: [], errors: [error] });
    });
  });
};
