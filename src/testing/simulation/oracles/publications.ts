import type { EventPublisher, Outbox } from '../../../domain/kernel/index.ts';
import type { SimulatedProcess } from '../machine/process.ts';

/** One process that has to publish an event: it has committed the event, or has claimed it. */
export type Publication = {
  readonly sender: Pick<SimulatedProcess, 'name' | 'isAlive'>;
  /** When its claim was answered; `undefined` for the process that has committed the event. */
  readonly claimedAt: number | undefined;
  /** The publisher's answer; `undefined` before there is one. */
  told: 'sent' | 'failed' | undefined;
  /** When it has asked the outbox to have the event sent again, since it could not send it. */
  releasedAt: number;
  /** The end of its mark in the outbox. */
  mark: 'asked' | 'done' | 'failed' | undefined;
};

/** An event on a bus. */
export type Acceptance = {
  readonly eventId: string;
  readonly bus: string;
  /** Virtual milliseconds. */
  readonly at: number;
  /** `undefined` where an operator publishes it again, or replays the archive. */
  readonly publication: Publication | undefined;
  readonly isReplay: boolean;
  /** Whether its sender has not got the answer of the bus. */
  isAnswerLost: boolean;
};

/** Notes which process had to publish which event, and the answers that it has got. */
export interface Publications {
  /** The parts of an outbox that publish, as one process uses them. */
  readonly watchOutbox: (outbox: Outbox, process: SimulatedProcess) => Outbox;
  readonly watchPublisher: (publisher: EventPublisher, process: SimulatedProcess) => EventPublisher;
  /** The latest publication of an event by a process. */
  readonly latest: (eventId: string, processNumber: number) => Publication | undefined;
}

/** The publications of a seed that has not begun. */
export const createPublications = (now: () => number): Publications => {
  const known = new Map<string, Publication>();
  const keyOf = (eventId: string, processNumber: number): string => `${processNumber} ${eventId}`;

  const begin = (
    eventId: string,
    sender: SimulatedProcess,
    claimedAt: number | undefined,
  ): Publication => {
    const publication = {
      ...{ sender, claimedAt, told: undefined, mark: undefined },
      releasedAt: Number.POSITIVE_INFINITY,
    };
    known.set(keyOf(eventId, sender.number), publication);
    return publication;
  };
  const latest: Publications['latest'] = (eventId, processNumber) =>
    known.get(keyOf(eventId, processNumber));

  /** Notes the end of a mark, and hands it on. */
  const marking = async <Result>(
    ids: readonly string[],
    process: SimulatedProcess,
    mark: Promise<Result>,
  ): Promise<Result> => {
    const marked = ids.flatMap((id) => latest(id, process.number) ?? []);
    const note = (end: Publication['mark']): void => {
      for (const publication of marked) publication.mark = end;
    };
    note('asked');
    try {
      const result = await mark;
      note('done');
      return result;
    } catch (error) {
      note('failed');
      throw error;
    }
  };

  return {
    latest,
    watchOutbox: (outbox, process) => ({
      ...outbox,
      claim: async (claim) => {
        const claimed = await outbox.claim(claim);
        for (const { event } of claimed) begin(event.id, process, now());
        return claimed;
      },
      markPublished: (ids) => marking([...ids], process, outbox.markPublished(ids)),
      settle: (owner, published, failures) => {
        for (const { eventId } of failures) {
          const publication = latest(eventId, process.number);
          if (publication) publication.releasedAt = now();
        }
        return marking(published, process, outbox.settle(owner, published, failures));
      },
    }),
    watchPublisher: (publisher, process) => ({
      publish: async (events, deadline) => {
        const each = events.map(
          ({ id }) => latest(id, process.number) ?? begin(id, process, undefined),
        );
        const results = await publisher.publish(events, deadline);
        for (const [index, publication] of each.entries()) {
          publication.told = results[index]?.ok ? 'sent' : 'failed';
        }
        return results;
      },
    }),
  };
};
