import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tickets } from '../../docs/examples/tickets.ts';
import { ticketsAhead } from '../../docs/examples/tickets-ahead.ts';
import { ticketsInBatches } from '../../docs/examples/tickets-in-batches.ts';
import { EventConsumer } from '../../infra/index.ts';
import { eventsOptions } from '../../packages/cli/src/commands/events/events-options.ts';
import { runEvents } from '../../packages/cli/src/commands/events/run-events.ts';
import { busOf, emptyBundle, functionMaker, stackOf, templateOf } from '../infra/support/parts.ts';
import { theOnly } from '../infra/support/template.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/events.md'), 'utf8');

const envelope = (schemaversion: number, data: unknown) => ({
  specversion: '1.0',
  id: 'e-1',
  source: 'shop.tickets',
  type: 'TicketSold',
  time: '2026-01-02T03:04:05.678Z',
  subject: 'hamlet',
  datacontenttype: 'application/json',
  schemaversion,
  originregion: 'us-east-1',
  aggregateversion: 1,
  correlationid: 'c-1',
  data,
});

describe('the page on events', () => {
  it('shows a consumer that gets an event of version 1 in version 2', () => {
    const event = tickets.catalogue.parse(envelope(1, { show: 'hamlet', seat: 'A1' }));
    expect(event).toEqual(envelope(2, { show: 'hamlet', seats: ['A1'] }));
  });

  it('shows consumers that read the next version beside this one', () => {
    const event = ticketsAhead.catalogue.parse(envelope(1, { show: 'hamlet', seat: 'A1' }));
    expect(event).toEqual(envelope(3, { show: 'hamlet', seats: ['A1'], price: '0.00' }));
    const data = { show: 'hamlet', seats: ['A1'], price: '9.00' };
    expect(ticketsAhead.catalogue.parse(envelope(3, data))).toEqual(envelope(3, data));
  });

  it('shows a consumer that gets batches of a queue', () => {
    const stack = stackOf();
    const { on, queue } = ticketsInBatches.consumers.entrance;
    new EventConsumer(stack, 'Entrance', {
      ...{ eventBus: busOf(stack), pattern: { detailType: [...on] }, consumerName: 'entrance' },
      ...{ consumer: functionMaker(emptyBundle())(stack, 'entrance'), queue },
    });
    const { Properties } = theOnly(templateOf(stack), 'AWS::Lambda::EventSourceMapping');
    expect(Properties).toMatchObject({ BatchSize: 20, MaximumBatchingWindowInSeconds: 5 });
  });

  it('shows commands that work', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'antipode-docs-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    mkdirSync(join(directory, 'src'));
    cpSync(join(root, 'docs/examples/tickets.ts'), join(directory, 'src/tickets.ts'));
    const commands = [...page.matchAll(/^npx antipode events (.*)$/gm)];
    const printed: string[] = [];
    for (const [, command = ''] of commands) {
      const options = eventsOptions(command.split(' '));
      if (!options) throw new Error(`${command} asks for help`);
      await runEvents(options, { directory, print: (line) => printed.push(line) });
    }
    expect(printed).toEqual([
      '2 pages are written to docs/events',
      'docs/asyncapi.json is written',
      '1 events fit what has been published',
      'written: events/TicketSold.v2.json',
      '1 events fit what has been published',
    ]);
  });
});
