import type { DsqlEndpoint } from 'antipode-local-dsql';
import type { BusNetwork } from '../eventbridge/index.ts';
import type { SwitchedOutage } from '../outage.ts';
import { addressOf } from './database.ts';
import type { StackRegion } from './local-stack.ts';
import type { RegionMappings } from './plan/mappings.ts';
import type { RegionEvents } from './plan/messaging.ts';
import type { HttpRegion } from './ports.ts';
import { createRegionOutage } from './region-outage.ts';
import type { RegionServices } from './region-services.ts';

/** One Region of a stack, of the parts that have been started for it. */
export const stackRegion = (parts: {
  readonly port: HttpRegion;
  readonly services: RegionServices;
  readonly events: RegionEvents;
  readonly mappings: RegionMappings;
  readonly dsql: () => DsqlEndpoint | undefined;
  /** Those of all clusters of the Region. */
  readonly allDsql: () => readonly DsqlEndpoint[];
  readonly network: BusNetwork;
  readonly outage: SwitchedOutage;
}): StackRegion => {
  const { port, services, events, mappings, dsql, allDsql, network, outage } = parts;
  const { functions, functionUrls, sqs } = services;
  const { bridge } = events;
  const loss = createRegionOutage({
    ...{ port, dsql: allDsql, functions, events: bridge, network, outage },
  });
  return {
    region: port.region,
    url: port.http.url,
    get dsqlEndpoint() {
      const endpoint = dsql();
      return endpoint && addressOf(endpoint);
    },
    get dsql() {
      return dsql();
    },
    functions,
    functionUrls,
    sqs,
    events: bridge,
    isRunning: loss.isRunning,
    stop: loss.stop,
    start: loss.start,
    idle: () =>
      new Promise((resolve, reject) => {
        const unlisten = outage.onBegin(resolve);
        const running = [...functions.values()].map((one) => one.idle());
        const work = [events.idle(), mappings.idle(), ...running];
        Promise.all(work)
          .then(() => resolve(), reject)
          .finally(unlisten);
      }),
  };
};
