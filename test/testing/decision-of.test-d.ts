import { accept, type Decision, type DomainEvent } from '../../src/domain/kernel/index.ts';
import { decisionOf } from '../../src/testing/index.ts';
import { booking, decideReserve, noShow, type Reserve, type Show } from './booking.ts';

const reserve = decisionOf(booking, decideReserve).given(noShow).when({ show: 'hamlet', seats: 1 });
const data = { show: 'hamlet', seats: 1 };
reserve.thenEvents({ type: 'SeatsReserved', data });
reserve.thenEvents({ type: 'SeatsReserved', data, schemaVersion: 2, subject: 'hamlet' });
reserve.thenEvents({ type: 'ShowClosed', data: { show: 'hamlet' } });
// @ts-expect-error an event that the service does not declare
reserve.thenEvents({ type: 'SeatsSold', data });
// @ts-expect-error the data of another event
reserve.thenEvents({ type: 'SeatsReserved', data: { show: 'hamlet' } });
// @ts-expect-error a version that the service does not declare
reserve.thenEvents({ type: 'SeatsReserved', data, schemaVersion: 1 });
// @ts-expect-error a field that no event has
reserve.thenEvents({ type: 'SeatsReserved', data, version: 2 });

type Saying<Event extends DomainEvent> = (
  show: Show,
  command: Reserve,
  now: number,
) => Decision<Show, null, Event>;
declare const silent: Saying<never>;
declare const closing: Saying<DomainEvent<'ShowClosed', { show: string }, 1>>;
declare const undeclared: Saying<DomainEvent<'ShowOpened', { show: string }, 1>>;
declare const old: Saying<DomainEvent<'SeatsReserved', { show: string; seats: number }, 1>>;
declare const misfit: Saying<DomainEvent<'ShowClosed', { show: number }, 1>>;

decisionOf(booking, silent).given(noShow).when(data).thenResult(null);
decisionOf(booking, closing)
  .given(noShow)
  .when(data)
  .thenEvents({ type: 'ShowClosed', data: { show: 'hamlet' } });
decisionOf(booking, closing)
  .given(noShow)
  .when(data)
  // @ts-expect-error an event that the service declares, and this decision never says
  .thenEvents({ type: 'SeatsReserved', data });
// @ts-expect-error a decision that says an event which the service does not declare
decisionOf(booking, undeclared);
// @ts-expect-error a decision that says an event in the version before
decisionOf(booking, old);
// @ts-expect-error a decision that says an event with other data
decisionOf(booking, misfit);
// @ts-expect-error a service without a decision
decisionOf(booking);
decisionOf(booking, () => accept({ state: noShow, events: [], result: null }));

// A refusal has one of the codes that the decision's type names.
declare const refusing: (show: Show) => Decision<Show, null, never, 'SoldOut' | 'ShowNotFound'>;
decisionOf(booking, refusing).given(noShow).when(data).thenRefused('SoldOut');
// @ts-expect-error a code that this decision does not have
decisionOf(booking, refusing).given(noShow).when(data).thenRefused('SoldOot');
decisionOf(booking, silent).given(noShow).when(data).thenRefused('Unnamed');
