import type { SimulatedBus } from '../cloud/event-bus.ts';
import type { SeedTimes } from '../service/scenario.ts';
import { leaseMs } from './delivery.ts';
import type { CommittedEvent, History } from './history.ts';
import type { Acceptance, Publication } from './publications.ts';

type Judged = {
  readonly history: History;
  readonly bus: Pick<SimulatedBus, 'acceptances' | 'copies'>;
  readonly times: SeedTimes;
};

/** A claim ends two exchanges with the database behind the moment that its lease counts from. */
const claimMs = 100;

type Send = Acceptance & { readonly publication: Publication };

/** An operator's act is a cause of its own, so only what processes send is left. */
const isSend = (acceptance: Acceptance): acceptance is Send =>
  acceptance.publication !== undefined && !acceptance.isReplay;

/**
 * Until when nobody else may take an event: the lease of its claim, or the grace of its commit. A
 * sender that has failed gives it back before.
 */
const heldUntil = (
  { claimedAt, releasedAt }: Publication,
  event: CommittedEvent,
  { outboxGraceMs }: SeedTimes,
): number => {
  const until = claimedAt === undefined ? event.at + outboxGraceMs : claimedAt + leaseMs;
  return Math.min(until - claimMs, releasedAt);
};

/** Why a sender could not keep others from sending the event again; `undefined` without a cause. */
const causeOf = ({ publication, isAnswerLost }: Send): string | undefined => {
  const { told, mark, sender } = publication;
  if (mark === 'done') return undefined;
  if (mark === 'failed') return 'its mark has failed';
  if (mark === 'asked') return 'its mark has no answer';
  if (told === 'failed') return isAnswerLost ? 'the answer of the bus was lost' : undefined;
  return sender.isAlive() ? undefined : 'it has died';
};

/** Why an event is on a bus once more; `undefined` where it ought not to be. */
const explained = (
  first: Send,
  again: Send,
  event: CommittedEvent,
  times: SeedTimes,
): string | undefined => {
  const { publication } = again;
  if (publication === first.publication || publication.claimedAt === undefined) return undefined;
  if (publication.claimedAt < heldUntil(first.publication, event, times)) return undefined;
  return causeOf(first);
};

/**
 * Events that are on a bus twice without a cause. A cause is a sender that has died, an answer or a
 * mark that was lost, and the time of its hold must be over. An operator who replays or publishes
 * again is a cause too.
 */
export const causelessDuplicates = ({ history, bus, times }: Judged): readonly string[] => {
  const last = new Map<string, Send>();
  return bus.acceptances.filter(isSend).flatMap((again) => {
    const { eventId, at, publication } = again;
    const first = last.get(eventId);
    last.set(eventId, again);
    const event = history.events.get(eventId);
    if (!first || !event || explained(first, again, event, times)) return [];
    const time = new Date(at).toISOString();
    const { sender } = first.publication;
    return [
      `${event.envelope.type} ${eventId} of ${sender.name} comes again from ${publication.sender.name} at ${time}, without a cause`,
    ];
  });
};

/** Events that another Region has published although their own one still had time to do it. */
export const earlyTakeovers = ({ history, bus, times }: Judged): readonly string[] =>
  bus.acceptances.filter(isSend).flatMap(({ eventId, bus: region, publication }) => {
    const event = history.events.get(eventId);
    if (!event || event.envelope.originregion === region) return [];
    const { claimedAt = 0, sender } = publication;
    const since = Date.parse(event.envelope.time);
    const ageMs = Math.floor(claimedAt - (event.dueAt > event.at ? event.dueAt : since));
    return ageMs >= times.outboxTakeoverAgeMs
      ? []
      : [`${sender.name} has taken over ${eventId} at the age of ${ageMs} ms`];
  });

/** Copies in the other Region without an event that its bus of origin has accepted for each. */
export const causelessCopies = ({ history, bus }: Judged): readonly string[] => {
  const originals = new Map<string, number>();
  for (const { eventId, bus: region, isReplay } of bus.acceptances) {
    if (isReplay || history.events.get(eventId)?.envelope.originregion !== region) continue;
    originals.set(eventId, (originals.get(eventId) ?? 0) + 1);
  }
  return [...bus.copies]
    .filter(([eventId, count]) => count > (originals.get(eventId) ?? 0))
    .map(
      ([eventId, count]) =>
        `${eventId} has ${count} copies between the Regions of ${originals.get(eventId) ?? 0}`,
    );
};
