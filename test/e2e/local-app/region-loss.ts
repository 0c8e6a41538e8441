import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type {
  Invocation,
  LocalStack,
  StackOptions,
} from '../../../packages/cli/src/local/index.ts';

type Intercept = ReturnType<NonNullable<StackOptions['interceptor']>>;

/** The running app of notes, as its tests see it. */
export type NotesApp = {
  readonly stack: () => LocalStack;
  readonly invoke: (region: number, payload: object) => Promise<unknown>;
  /** The events that the listener of a Region was given, by a text in them. */
  readonly heardIn: (region: string, fragment: string) => readonly Invocation[];
  readonly intercept: (route: Intercept) => void;
};

const [primary, secondary] = [0, 1];
const lost = 'us-west-2';

const refuses = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  });

/** The loss of a Region and of the link, and their return. */
export const describeRegionLoss = ({ stack, invoke, heardIn, intercept }: NotesApp): void => {
  const regionAt = (index: number) => {
    const region = stack().regions[index];
    if (!region) throw new Error('the app has not two Regions');
    return region;
  };
  const ports = () => [
    Number(new URL(regionAt(secondary).url).port),
    Number(regionAt(secondary).dsqlEndpoint?.split(':')[1]),
  ];
  const listed = () => invoke(primary, {});
  const ticks = (region: string) => heardIn(region, '"tick"').length;

  describe('a Region that is lost', () => {
    it('is gone in the middle of an invocation, and keeps nothing of it but its COMMIT', async () => {
      await stack().idle();
      const region = regionAt(secondary);
      const stopping = Promise.withResolvers<void>();
      intercept(({ headers, body }) => {
        if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
        if (!body.includes('cut-off')) return undefined;
        stopping.resolve(region.stop());
        return new Promise(() => {});
      });
      await expect(invoke(secondary, { write: 'cut-off' })).rejects.toThrow();
      await stopping.promise;
      intercept(() => undefined);
      expect(region.isRunning()).toBe(false);
      expect(await Promise.all(ports().map(refuses))).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
      for (const one of region.functions.values()) expect(one.environments()).toEqual([]);
      expect(await listed()).toMatchObject({ ids: expect.arrayContaining(['cut-off']) });
      expect(() => region.events.putEvents([{}])).toThrow(`${lost} is stopped.`);
    });

    it('runs no schedule, while those of the other Region come due', async () => {
      const before = { there: ticks(lost), here: ticks('us-east-1') };
      await expect
        .poll(() => ticks('us-east-1'), { timeout: 10_000 })
        .toBeGreaterThan(before.here + 1);
      expect(ticks(lost)).toBe(before.there);
    });

    it('gets the events of the other Region when it is back, and none that it never took', async () => {
      await invoke(primary, { write: 'meanwhile' });
      expect(heardIn(lost, '"meanwhile"')).toEqual([]);
      await regionAt(secondary).start();
      expect(await Promise.all(ports().map(refuses))).toEqual([undefined, undefined]);
      await stack().idle();
      expect(heardIn(lost, '"meanwhile"')).toHaveLength(1);
      expect(heardIn('us-east-1', '"cut-off"')).toEqual([]);
      expect(await invoke(secondary, { write: 'again' })).toEqual({ written: 'again' });
      await expect.poll(() => ticks(lost), { timeout: 10_000 }).toBeGreaterThan(0);
    });

    it('keeps the events that its bus has accepted, and delivers them when it is back', async () => {
      const { network } = stack();
      network.cut('us-east-1', lost);
      await invoke(secondary, { write: 'accepted' });
      await regionAt(secondary).stop();
      network.restore('us-east-1', lost);
      await regionAt(primary).idle();
      expect(heardIn('us-east-1', '"accepted"')).toEqual([]);
      await regionAt(secondary).start();
      await stack().idle();
      expect(heardIn('us-east-1', '"accepted"')).toHaveLength(1);
    });
  });
};
