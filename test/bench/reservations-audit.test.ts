import { describe, expect, it } from 'vitest';
import { type Audit, judge } from '../../bench/reservations/audit.ts';

describe('the audit of reservations', () => {
  const shows = [{ id: 'macbeth', seats: 10, free: 9 }];
  const reservation = { id: 'r-1', show: 'macbeth', seats: 1, status: 'paid' };
  const payment = { id: 'p-1', reservation: 'r-1', status: 'accepted' };
  const said = (type: string, subject = 'r-1') => ({
    ...{ type, subject, time: '' },
    ...{ originregion: 'us-east-1', aggregateversion: 1 },
  });
  const sound: Audit = {
    ...{ shows, reservations: [reservation], payments: [payment] },
    events: [said('SeatsReserved'), said('PaymentDue'), said('ReservationPaid')],
  };

  it('has nothing to say about a service that is sound', () => {
    expect(judge(sound, ['r-1'])).toMatchObject({ paid: 1, problems: [] });
  });

  const of = (change: Partial<Audit>): Audit => ({ ...sound, ...change });
  const events = (...more: readonly string[]) =>
    of({
      events: [...sound.events, ...more.map((type) => said(type))],
    });

  it.each([
    ['has both ends', 'is paid and has expired', events('ReservationExpired')],
    ['is paid twice', 'ended more than once', events('ReservationPaid')],
    ['has no end', 'neither paid nor expired', of({ events: [] })],
    ['is lost', 'reservations: 0', of({ reservations: [] })],
    [
      'has an end that its row does not know',
      'reservation r-1: unpaid instead of paid',
      of({ reservations: [{ ...reservation, status: 'unpaid' }] }),
    ],
    ['is paid by nobody', 'accepted payments of reservation r-1: 0', of({ payments: [] })],
    [
      'has a payment that nobody has judged',
      'neither accepted nor returned',
      of({ payments: [payment, { ...payment, id: 'p-2', status: 'received' }] }),
    ],
    [
      'has a payment that was not paid back',
      'returns of payment p-2: 0',
      of({ payments: [payment, { ...payment, id: 'p-2', status: 'returned' }] }),
    ],
    [
      'has seats that are free',
      'free seats of show macbeth: 10',
      of({ shows: [{ id: 'macbeth', seats: 10, free: 10 }] }),
    ],
  ])('finds a reservation that %s', (_, problem, wrong) => {
    expect(judge(wrong, ['r-1']).problems.join('\n')).toContain(problem);
  });
});
