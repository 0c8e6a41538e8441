import { seededFailures } from '../../../packages/cli/src/local/eventbridge/index.ts';
import type { StackOptions } from '../../../packages/cli/src/local/index.ts';
import { createAcceptances, type Duplicates } from './acceptances.ts';

/**
 * The processes that are killed: all that publish, those of commands only, or none; in the last
 * case no entry fails either.
 */
export type Victims = 'all' | 'commands' | 'none';

/** The failures of the proof, each with its share. */
export type Shares = {
  readonly seed: number;
  readonly crashBefore: number;
  readonly crashAfter: number;
  readonly refusedEntries: number;
  /** Milliseconds of AWS time that a delivery is late at most. */
  readonly delayMsMax: number;
};

/** Sees who puts which event on which bus, and which of them are killed. */
export interface BusWatch {
  readonly options: Pick<StackOptions, 'failures' | 'interceptor' | 'eventObserver'>;
  readonly counts: () => {
    readonly before: number;
    readonly after: number;
    readonly refused: number;
  };
  /** Ids of the events that the bus of a Region has taken from a sender. */
  readonly acceptedIn: (region: string) => ReadonlySet<string>;
  /** Tells whether a process of the functions runs, by its access key. */
  readonly follow: (runs: (accessKeyId: string) => boolean) => void;
  /** From now on each sender of the Region so far counts as killed. */
  readonly lose: (region: string) => void;
  /** Chooses the processes that are killed from now on, and whether entries fail. */
  readonly strike: (victims: Victims) => void;
  /** A sender whose events are no duplicates, such as the person who publishes them again. */
  readonly ignore: (sender: string) => void;
  readonly duplicates: (eventIds: ReadonlySet<string>) => Duplicates;
  /** All events that a bus has taken, by their ids, each with its transaction. */
  readonly accepted: () => ReadonlyMap<string, string>;
}

const accessKey = /Credential=([^/,]+)\//;

const idOf = (detail: string): string | undefined => {
  const { id } = JSON.parse(detail) as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
};

const transactionOf = (detail: string): string => String(JSON.parse(detail).data?.transaction_id);

/** The sender of a request that the interceptor has not seen, such as one of Lambda itself. */
const unknown = '';

/**
 * Watches the buses of a stack from outside of the code that publishes. The process that sends is
 * known by its access key.
 */
export const createBusWatch = (shares: Shares): BusWatch => {
  const { seed, crashBefore, crashAfter, refusedEntries, delayMsMax } = shares;
  const seeded = seededFailures({
    seed,
    delayMsMax,
    crashBeforePublishShare: crashBefore,
    crashAfterPublishShare: crashAfter,
    refusedEntryShare: refusedEntries,
  });
  const senders = new Map<string, string>();
  const acceptances = createAcceptances();
  const transactions = new Map<string, string>();
  let victims: Victims = 'all';
  const counted = { before: 0, after: 0, refused: 0 };

  return {
    options: {
      failures: {
        copies: seeded.copies,
        refusesEntry: () => {
          const refuses = victims !== 'none' && seeded.refusesEntry?.() === true;
          if (refuses) counted.refused += 1;
          return refuses;
        },
        crash: (process) => {
          acceptances.name(process.accessKeyId, process.functionName);
          const isVictim = victims === 'all' || process.functionName.endsWith('-api');
          if (victims === 'none' || !isVictim) return undefined;
          const drawn = seeded.crash?.(process);
          if (!drawn) return undefined;
          acceptances.died(process.accessKeyId);
          counted[drawn] += 1;
          return drawn;
        },
      },
      interceptor: (region) => (request) => {
        if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
        const [, sender = unknown] = accessKey.exec(request.headers['authorization'] ?? '') ?? [];
        const { Entries } = JSON.parse(request.body.toString()) as {
          readonly Entries: readonly { readonly Detail: string }[];
        };
        for (const { Detail } of Entries) senders.set(`${region} ${idOf(Detail)}`, sender);
        return undefined;
      },
      eventObserver: (region) => ({
        arrived: (event, _, hop) => {
          const id = hop ? undefined : idOf(event.detail);
          if (id === undefined) return;
          const sender = senders.get(`${region} ${id}`) ?? unknown;
          transactions.set(id, transactionOf(event.detail));
          acceptances.add(id, region, sender);
        },
      }),
    },
    counts: () => ({ ...counted }),
    acceptedIn: acceptances.idsIn,
    follow: acceptances.follow,
    lose: acceptances.lose,
    strike: (chosen) => {
      victims = chosen;
    },
    ignore: acceptances.ignore,
    duplicates: acceptances.duplicates,
    accepted: () => transactions,
  };
};
