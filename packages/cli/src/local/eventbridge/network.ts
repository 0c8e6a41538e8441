import { parseArn } from '../arn.ts';
import type { EventBridge } from './bus.ts';
import type { EventTargets } from './targets.ts';

/** The way from the buses of one Region to those of the others. */
export interface BusNetwork {
  /** For the `targets` of every Region. */
  readonly putOnBus: EventTargets['putOnBus'];
  /** Makes the buses of a Region reachable. */
  readonly join: (bridge: EventBridge) => void;
  /** Makes the buses of a Region unreachable, as when the Region is lost. */
  readonly leave: (region: string) => void;
  /** Cuts the link between two Regions, both ways: deliveries wait and retry. */
  readonly cut: (oneRegion: string, otherRegion: string) => void;
  /** Whether a link is cut. */
  readonly isCut: (oneRegion: string, otherRegion: string) => boolean;
  /** Restores a link. Deliveries that wait are tried again at once. */
  readonly restore: (oneRegion: string, otherRegion: string) => void;
}

const linkName = (one: string, other: string): string => [one, other].sort().join(' ');

/**
 * Connects the buses of several Regions.
 *
 * @example
 * const network = createBusNetwork();
 * const bridge = createEventBridge({ …, targets: { …, putOnBus: network.putOnBus } });
 * network.join(bridge);
 */
export const createBusNetwork = (): BusNetwork => {
  const bridges = new Map<string, EventBridge>();
  const cuts = new Set<string>();
  const retryAll = (): void => {
    for (const bridge of bridges.values()) bridge.retryNow();
  };
  return {
    putOnBus: async (busArn, event, hop) => {
      const region = parseArn(busArn)?.region ?? '';
      const bridge = bridges.get(region);
      if (!bridge || cuts.has(linkName(hop.fromRegion, region))) return 'unreachable';
      return bridge.receive(busArn, event, hop);
    },
    join: (bridge) => {
      bridges.set(bridge.region, bridge);
      retryAll();
    },
    leave: (region) => {
      bridges.delete(region);
    },
    cut: (oneRegion, otherRegion) => {
      cuts.add(linkName(oneRegion, otherRegion));
    },
    isCut: (oneRegion, otherRegion) => cuts.has(linkName(oneRegion, otherRegion)),
    restore: (oneRegion, otherRegion) => {
      if (cuts.delete(linkName(oneRegion, otherRegion))) retryAll();
    },
  };
};
