import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';

/** The functions of a service beside its consumers. */
const commonFunctions = ['api', 'relay', 'migrate'] as const;

/**
 * The name of a function of a service. Its entry, its bundle and its physical name follow from it.
 */
export type FunctionName<Service extends DeclaredService = DeclaredService> =
  | (typeof commonFunctions)[number]
  | (keyof Service['consumers'] & string);

/** The names of a service's functions in each Region, those of its consumers last. */
export const functionNames = <Service extends DeclaredService>(
  service: Service,
): readonly FunctionName<Service>[] => [...commonFunctions, ...Object.keys(service.consumers)];

/** The types of a service's events that the other Region hears of. */
export const crossingEvents = ({ events }: DeclaredService): readonly string[] =>
  Object.keys(events).filter((type) => events[type]?.scope === 'all-regions');

/**
 * The part of a consumer's pattern that chooses between the events of this Region and the copies
 * from the other one.
 */
export const originOf = (
  ofOtherRegion: boolean,
  { region, peerRegion }: { readonly region: string; readonly peerRegion: string },
): EventPattern =>
  ofOtherRegion
    ? // Matches copies by their Region of origin. Events that this Region has taken over do not come over again.
      { detail: { originregion: [peerRegion] } }
    : // Matches the Region of the bus, not that of the origin: a Region also handles the events that it has taken over.
      { region: [region] };
