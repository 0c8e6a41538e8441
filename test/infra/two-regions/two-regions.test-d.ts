import type { ServiceEntries, TwoRegionsProps } from '../../../infra/index.ts';
import type { FunctionName } from '../../../infra/two-regions/service-functions.ts';
import type { booking } from '../support/booking.ts';

type Entries = ServiceEntries<typeof booking>;
type Functions = NonNullable<TwoRegionsProps<typeof booking>['functions']>;

type Name = FunctionName<typeof booking>;

/** The functions of a service are known by name. */
export const names: readonly Name[] = ['api', 'relay', 'migrate', 'occupancy', 'notices'];

// @ts-expect-error: no consumer is declared under this name.
export const undeclared: Name = 'occupancies';

const complete = { api: '', relay: '', migrate: '', occupancy: '', notices: '' };

/** Each function has an entry. */
export const entries: readonly Entries[] = ['/folder', complete];

const { notices: _, ...incomplete } = complete;

// @ts-expect-error: a consumer has no entry.
export const withoutConsumer: Entries = incomplete;

/** A function of the service may have settings of its own. */
export const functions: Functions = { occupancy: { memoryMb: 256 } };

// @ts-expect-error: there is no such function.
export const ofNobody: Functions = { occupancies: { memoryMb: 256 } };
