import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LogLine, StackRegion } from '../../../packages/cli/src/local/index.ts';
import type { LedgerStack } from './stack.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-00`;

/** Where spans are collected, a line names the span in which it was written, of the same trace. */
const ofTheTrace = expect.stringMatching(new RegExp(`^00-${traceId}-[\\da-f]{16}-00$`));

type Entry = Readonly<Record<string, unknown>>;

/** The lines that a logger has written; metrics and the platform's own lines are others. */
const entryOf = ({ line }: LogLine): readonly Entry[] => {
  if (!line.startsWith('{')) return [];
  const entry = JSON.parse(line) as Entry;
  return '_aws' in entry ? [] : [entry];
};

/** The ids of a request in every line of the log that it causes, in both Regions. */
export const describeLogIds = (
  started: () => LedgerStack,
  lines: readonly LogLine[],
  failPutEvents: (times: number) => void,
): void => {
  let ledger: LedgerStack;
  beforeAll(() => {
    ledger = started();
  });

  const invoke = async (region: StackRegion, payload: unknown, clientContext: unknown) => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new LambdaClient({ region: region.region, endpoint: region.url, credentials });
    const ClientContext = Buffer.from(JSON.stringify(clientContext)).toString('base64');
    const Payload = Buffer.from(JSON.stringify(payload));
    await client.send(
      new InvokeCommand({ FunctionName: 'antipode-ledger-api', Payload, ClientContext }),
    );
    client.destroy();
  };

  /** Runs one command, with what it causes, while nothing else happens but ticks of the relay. */
  const linesOf = async (work: () => Promise<unknown>) => {
    await ledger.stack.idle();
    const before = lines.length;
    await work();
    await ledger.stack.idle();
    return lines
      .slice(before)
      .filter(({ functionName }) => functionName !== 'antipode-ledger-relay')
      .flatMap((line) => entryOf(line).map((entry) => ({ ...line, entry })));
  };

  const shown = ({ region, functionName, entry }: LogLine & { readonly entry: Entry }) => [
    ...[region, functionName.replace('antipode-ledger-', ''), entry['message']],
  ];

  describe('the log of what one request causes', () => {
    it('has the ids of the request in each line, in both Regions', async () => {
      const write = { operation: 'write', transaction_id: 'log-ids', amount: '1.00' };
      const custom = { 'x-correlation-id': 'order-17', traceparent };
      const logged = await linesOf(() => invoke(ledger.primary, write, { custom }));
      expect(logged.map(shown).toSorted()).toEqual([
        ['us-east-1', 'api', 'Command committed'],
        ['us-east-1', 'project-totals', 'Event handled'],
        ['us-west-2', 'audit-replica', 'Event handled'],
      ]);
      const command = logged.find(({ entry }) => entry['message'] === 'Command committed')?.entry;
      const [eventId] = (command?.['events'] ?? []) as readonly string[];
      for (const { entry } of logged) {
        const ids = {
          ...{ correlationid: 'order-17', traceparent: ofTheTrace },
          requestId: expect.any(String),
        };
        expect(entry).toMatchObject(
          entry === command ? ids : { ...ids, causationid: eventId, event: eventId },
        );
      }
    });

    it('has them where the bus is away, and where an event cannot be read', async () => {
      const write = { operation: 'write', transaction_id: 'log-ids-left', amount: '1.00' };
      const custom = { 'x-correlation-id': 'order-18', traceparent };
      const unread = {
        ...{ id: crypto.randomUUID(), correlationid: 'order-18', traceparent },
        ...{ specversion: '1.0', source: 'antipode.ledger', type: 'TransactionRecorded' },
        ...{ schemaversion: 9, originregion: 'us-west-2', data: {} },
      };
      const logged = await linesOf(async () => {
        failPutEvents(2);
        await invoke(ledger.secondary, write, { Custom: custom });
        await ledger.put(ledger.secondary, {
          ...{ source: unread.source, type: unread.type, detail: unread },
        });
      });
      const messages = logged.map(({ entry }) => entry['message']);
      expect(messages).toContain('Events are left to the relay');
      expect(messages).toContain('Event put into the dead letters');
      for (const { entry } of logged) {
        expect(entry, JSON.stringify(entry)).toMatchObject({
          ...{ correlationid: 'order-18', traceparent: ofTheTrace },
        });
      }
    });
  });
};
