import { describe, expect, it } from 'vitest';
import { createLocalClock, type LocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import { createBusNetwork } from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import {
  account,
  busArn,
  functionArn,
  primary,
  put,
  queueArn,
  regionWith,
  secondary,
  target,
  toSecondary,
} from './bus-fixture.ts';
import { createSkippingClock } from './skipping-clock.ts';

describe('the trace header of PutEvents', () => {
  const own = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
  const ofRequest = 'Root=1-67891233-abcdef012345678912345678';
  const seen = async (headers: readonly (string | undefined)[]) => {
    const traces: (string | undefined)[] = [];
    const Arn = queueArn(primary, 'q');
    const { bridge, arrived } = regionWith(primary, {
      rules: [
        {
          EventPattern: { source: ['s'] },
          Targets: [
            { Id: 'Q', Arn, DeadLetterConfig: { Arn: queueArn(primary, 'dlq') } },
            target({ Id: 'F' }),
          ],
        },
      ],
      answers: {
        sendToQueue: async (arn, _body, _attributes, trace) => {
          traces.push(trace);
          return arn === Arn ? 'missing' : 'accepted';
        },
        invokeAsync: async (_arn, payload, trace) => {
          expect(payload).not.toContain('Root=');
          traces.push(trace);
          return 'accepted';
        },
      },
    });
    const [TraceHeader, header] = headers;
    bridge.putEvents(
      [{ Source: 's', DetailType: 't', Detail: '{}', EventBusName: 'ledger', TraceHeader }],
      header,
    );
    await bridge.idle();
    expect(arrived).toHaveLength(1);
    return traces;
  };

  it('goes to functions, to queues and into dead letters, and not into the event', async () => {
    expect(await seen([own])).toEqual([own, own, own]);
  });

  it('is that of the request unless the entry has one', async () => {
    expect(await seen([undefined, ofRequest])).toEqual([ofRequest, ofRequest, ofRequest]);
    expect(await seen([own, ofRequest])).toEqual([own, own, own]);
  });

  it('is dropped when it is none, and the event is delivered', async () => {
    expect(await seen(['nonsense'])).toEqual([undefined, undefined, undefined]);
  });
});

describe('the bus of another account', () => {
  const foreign = 'arn:aws:events:us-east-1:123456789012:event-bus/ledger';
  const toFunction = { EventPattern: { source: [{ exists: true }] }, Targets: [target()] };

  it('is refused to PutEvents as a whole, although a bus here has its name', async () => {
    const { bridge, invoked } = regionWith(primary, { rules: [toFunction] });
    expect(() => put(bridge, {}, foreign)).toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        status: 400,
        message: expect.stringMatching(
          /is not authorized to perform: events:PutEvents on resource: arn:aws:events:us-east-1:123456789012:event-bus\/ledger because no resource-based policy allows/,
        ),
      }),
    );
    await bridge.idle();
    expect(invoked).toEqual([]);
  });

  it('takes no event of a rule', async () => {
    const { bridge, invoked } = regionWith(primary, { rules: [toFunction] });
    const event = { id: 'i', source: 's', detailType: 't', account, time: '', region: primary };
    const hop = { fromRegion: primary, ruleArn: 'arn:rule' };
    expect(bridge.receive(foreign, { ...event, resources: [], detail: '{}' }, hop)).toBe('denied');
    await bridge.idle();
    expect(invoked).toEqual([]);
  });
});

describe('a hop to another Region', () => {
  /** Two Regions; the secondary one has a rule for everything, and may send on. */
  const twoRegions = (changes: { secondaryRules?: readonly object[]; clock?: LocalClock } = {}) => {
    const network = createBusNetwork();
    const answers = { putOnBus: network.putOnBus };
    const clock = changes.clock ?? createSkippingClock();
    const first = regionWith(primary, { rules: [toSecondary()], answers, clock });
    const second = regionWith(secondary, {
      rules: changes.secondaryRules ?? [
        {
          EventPattern: { source: ['antipode.ledger'] },
          Targets: [target({ Arn: functionArn(secondary, 'f') })],
        },
      ],
      answers,
      clock,
    });
    network.join(first.bridge);
    network.join(second.bridge);
    const idle = async (): Promise<void> => {
      await first.bridge.idle();
      await second.bridge.idle();
    };
    return { network, first, second, idle };
  };

  it('gives the event a new id and time and keeps its region, account and detail', async () => {
    const { first, second, idle } = twoRegions();
    first.bridge.putEvents([
      {
        Source: 'antipode.ledger',
        DetailType: 'TransactionRecorded',
        Detail: '{"global":true,"id":"own"}',
        EventBusName: 'ledger',
        Time: 0,
      },
    ]);
    await idle();
    const [sent] = first.arrived;
    expect(sent?.time).toBe('1970-01-01T00:00:00Z');
    expect(second.invoked).toEqual([
      {
        arn: functionArn(secondary, 'f'),
        event: expect.objectContaining({
          id: expect.not.stringMatching(sent?.id ?? ''),
          time: '2026-11-23T10:00:00Z',
          region: primary,
          account,
          detail: { global: true, id: 'own' },
        }),
      },
    ]);
  });

  it('happens once: the second, also home, is refused into the dead-letter queue', async () => {
    const home = {
      EventPattern: { source: ['antipode.ledger'] },
      Targets: [
        {
          Id: 'T',
          Arn: busArn(primary),
          RoleArn: 'arn:aws:iam::000000000000:role/r',
          DeadLetterConfig: { Arn: queueArn(secondary, 'dlq') },
        },
      ],
    };
    const { first, second, idle } = twoRegions({ secondaryRules: [home] });
    put(first.bridge, { global: true });
    await idle();
    expect(first.arrived).toHaveLength(1);
    expect(second.queued).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'THIRD_REGION_HOP_DETECTED',
          ERROR_MESSAGE: expect.stringContaining('can be sent to an event bus target only once'),
        },
      },
    ]);
    expect(second.queued[0]?.attributes).not.toHaveProperty('RETRY_ATTEMPTS');
  });

  it('to a bus that does not exist loses the event aloud', async () => {
    const first = regionWith(primary, { rules: [toSecondary()] });
    put(first.bridge, { global: true });
    await first.bridge.idle();
    expect(first.dropped).toEqual([expect.stringContaining(`${busArn(secondary)} does not exist`)]);
    expect(first.queued).toEqual([]);
  });

  it('waits while the link is cut, and happens when it is restored', async () => {
    const { network, first, second, idle } = twoRegions({
      clock: createLocalClock({ speed: 0.01 }),
    });
    network.cut(secondary, primary);
    put(first.bridge, { global: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(second.arrived).toEqual([]);
    const startedAt = performance.now();
    network.restore(primary, secondary);
    await idle();
    expect(second.invoked).toHaveLength(1);
    // The wait for the next try would take a hundred times as long as in AWS.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('is dead-lettered when the other Region stays away for a day', async () => {
    const { network, first, idle } = twoRegions();
    network.leave(secondary);
    put(first.bridge, { global: true });
    await idle();
    expect(first.queued).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'CROSS_REGION_INGESTION_FAILED',
          RETRY_ATTEMPTS: expect.any(String),
        },
      },
    ]);
  });
});
