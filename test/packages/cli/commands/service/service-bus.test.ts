import { describe, expect, it } from 'vitest';
import {
  serviceArchive,
  serviceBus,
} from '../../../../../packages/cli/src/commands/service/service-bus.ts';

const stackOf = (buses: readonly string[], outputs: Readonly<Record<string, string>> = {}) => ({
  ...{ stack: 'shop', outputs },
  resources: buses.map((id) => ({ type: 'AWS::Events::EventBus', logicalId: id, id })),
});

const archiveOf = (bus: string, name = bus) => ({
  arn: `arn:aws:events:us-east-1:000000000000:archive/${name}`,
  busArn: `arn:aws:events:us-east-1:000000000000:event-bus/${bus}`,
});

describe('the bus of a service', () => {
  it('is the one that the output of its stack names', () => {
    expect(serviceBus(stackOf(['audit', 'orders'], { EventBusName: 'orders' }))).toBe('orders');
  });

  it('is the only bus of the stack where no output names one', () => {
    expect(serviceBus(stackOf(['orders']))).toBe('orders');
  });

  it('is not guessed among several, nor found among none', () => {
    expect(() => serviceBus(stackOf(['audit', 'orders']))).toThrow(
      'stack shop has several buses, audit, orders: name that of the service in its output EventBusName',
    );
    expect(() => serviceBus(stackOf([]))).toThrow('stack shop has no event bus');
  });
});

describe('the archive of a service', () => {
  const named = stackOf([], { EventBusName: 'orders' });

  it('is that of the bus of the service', () => {
    const archives = [archiveOf('audit'), archiveOf('orders')];
    expect(serviceArchive(named, archives)).toEqual(archiveOf('orders'));
    expect(serviceArchive(stackOf([]), [archiveOf('audit')])).toEqual(archiveOf('audit'));
  });

  it('is not guessed among several, nor taken from another bus', () => {
    expect(() => serviceArchive(stackOf([]), [archiveOf('audit'), archiveOf('orders')])).toThrow(
      'name the bus of the service in its output EventBusName',
    );
    const twice = [archiveOf('orders'), archiveOf('orders', 'old')];
    expect(() => serviceArchive(named, twice)).toThrow('stack shop has several archives');
    expect(() => serviceArchive(named, [archiveOf('audit')])).toThrow('no archive of bus orders');
    expect(() => serviceArchive(named, [])).toThrow('stack shop has no archive');
  });
});
