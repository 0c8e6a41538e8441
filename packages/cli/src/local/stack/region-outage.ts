import type { DsqlEndpoint } from 'antipode-local-dsql';
import type { BusNetwork, EventBridge } from '../eventbridge/index.ts';
import type { LocalFunction } from '../lambda/index.ts';
import type { SwitchedOutage } from '../outage.ts';
import { type HttpRegion, portInUse } from './ports.ts';

/** The parts of a Region that stop with it. */
export type RegionOutageDeps = {
  readonly port: Pick<HttpRegion, 'region' | 'http'>;
  /** The endpoints of its clusters. */
  readonly dsql: () => readonly Pick<DsqlEndpoint, 'port' | 'down' | 'up'>[];
  readonly functions: ReadonlyMap<string, Pick<LocalFunction, 'interrupt'>>;
  readonly events: EventBridge;
  readonly network: Pick<BusNetwork, 'join' | 'leave'>;
  readonly outage: SwitchedOutage;
};

/** Loses a Region and brings it back, one after the other. */
export interface RegionOutage {
  readonly isRunning: () => boolean;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/**
 * Stops a Region at once, as a disaster would, and starts it again with everything that its buses,
 * queues and asynchronous invocations had accepted.
 */
export const createRegionOutage = (deps: RegionOutageDeps): RegionOutage => {
  const { functions, events, network, outage } = deps;
  const { region, http } = deps.port;
  let last: Promise<void> = Promise.resolve();
  /** A change begins when the one before it has ended, however that was. */
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    last = last.catch(() => undefined).then(change);
    return last;
  };

  const stop = async (): Promise<void> => {
    if (outage.lasts()) return;
    // Everything stops in this turn of the event loop. The rest waits for its end.
    outage.begin();
    network.leave(region);
    const interrupted = [...functions.values()].map((one) => one.interrupt());
    const closed = deps.dsql().map((one) => one.down());
    await Promise.all([...closed, http.down(), ...interrupted]);
  };

  const start = async (): Promise<void> => {
    if (!outage.lasts()) return;
    const dsql = deps.dsql();
    const close = () => Promise.all(dsql.map((one) => one.down()));
    const open = dsql.map((one) => one.up().catch(portInUse(one.port, `DSQL in ${region}`)));
    try {
      await Promise.all(open);
      await http.up().catch(portInUse(http.port, `HTTP in ${region}`));
    } catch (error) {
      // A Region that runs in part would be neither lost nor back.
      await close();
      throw error;
    }
    outage.end();
    network.join(events);
  };

  return {
    isRunning: () => !outage.lasts(),
    stop: () => inTurn(stop),
    start: () => inTurn(start),
  };
};
