/** Someone who put an event on a bus. */
type Acceptance = {
  readonly region: string;
  readonly sender: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** The acceptances of events beyond their first, by why they happened. */
export type Duplicates = {
  readonly all: number;
  /**
   * The sender before was killed, reached its time limit or died with its Region, and could not
   * mark the event.
   */
  readonly explained: number;
  /** One line for each other one, with the senders and their times. */
  readonly unexplained: readonly string[];
};

/** Keeps who has put which event on a bus, and which of the senders have died. */
export const createAcceptances = () => {
  const byEvent = new Map<string, readonly Acceptance[]>();
  const functionNames = new Map<string, string>();
  const dead = new Set<string>();
  const ignored = new Set<string>();
  let runs: (sender: string) => boolean = () => true;

  const shown = (id: string): string => {
    const each = (byEvent.get(id) ?? []).map(({ region, sender, at }) => {
      const name = functionNames.get(sender) ?? 'a caller';
      return `${new Date(at).toISOString()} from ${name} (${sender}) in ${region}`;
    });
    return `${id} came at ${each.join(', at ')}`;
  };

  return {
    add: (id: string, region: string, sender: string): void => {
      const earlier = byEvent.get(id) ?? [];
      // Lambda ends a process at its time limit; it is not among those that were chosen.
      for (const one of earlier) if (!runs(one.sender)) dead.add(one.sender);
      byEvent.set(id, [...earlier, { region, sender, at: Date.now() }]);
    },
    /** The function that a sender is a process of. */
    name: (sender: string, functionName: string): void =>
      void functionNames.set(sender, functionName),
    died: (sender: string): void => void dead.add(sender),
    /** From now on each sender of the Region so far counts as dead. */
    lose: (region: string): void => {
      for (const one of [...byEvent.values()].flat())
        if (one.region === region) dead.add(one.sender);
    },
    /** Tells whether a process of the functions runs. */
    follow: (isRunning: (sender: string) => boolean): void => {
      runs = isRunning;
    },
    ignore: (sender: string): void => void ignored.add(sender),
    idsIn: (region: string): ReadonlySet<string> => {
      const found = [...byEvent].filter(([, all]) => all.some((one) => one.region === region));
      return new Set(found.map(([id]) => id));
    },
    duplicates: (eventIds: ReadonlySet<string>): Duplicates => {
      let all = 0;
      const unexplained: string[] = [];
      for (const id of eventIds) {
        const taken = (byEvent.get(id) ?? []).filter(({ sender }) => !ignored.has(sender));
        all += Math.max(0, taken.length - 1);
        // Each acceptance but the last is followed by another: its sender must have died.
        for (const one of taken.slice(0, -1))
          if (!dead.has(one.sender)) unexplained.push(shown(id));
      }
      return { all, explained: all - unexplained.length, unexplained };
    },
  };
};
