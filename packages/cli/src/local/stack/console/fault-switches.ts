import { seededFailures, type switchableFailures } from '../../eventbridge/index.ts';
import { linksOf } from '../control-route.ts';
import type { LocalStack, StackFailures } from '../local-stack.ts';
import { beginFailures, parseStackFailures } from '../stack-failures.ts';

/** Switches of a running stack, for a person. */
export interface FaultSwitches {
  /** The failures that are injected, as after `--faults`; empty for none. */
  readonly text: () => string;
  /**
   * Injects these failures in place of those before. A seed begins anew.
   *
   * @throws {Error} with one line that names the wrong part
   */
  readonly set: (text: string) => Promise<void>;
  /** @throws {Error} for a Region that does not run here, or whose port is taken. */
  readonly setRunning: (region: string, running: boolean) => Promise<void>;
  /** Cuts or mends the links between all Regions. */
  readonly setCut: (cut: boolean) => void;
}

const none: StackFailures = { events: { seed: 0 }, dsql: {}, stopped: [], isLinkCut: false };

/**
 * @param initial the failures with which the stack has started, as they were written
 */
export const createFaultSwitches = (
  stack: Pick<LocalStack, 'regions' | 'network'>,
  switched: Pick<ReturnType<typeof switchableFailures>, 'set'>,
  initial = '',
): FaultSwitches => {
  let current = initial;
  return {
    text: () => current,
    set: async (text) => {
      const failures = text.trim() === '' ? none : parseStackFailures(text);
      for (const { dsql } of stack.regions) dsql?.failures.clear();
      switched.set(seededFailures(failures.events));
      await beginFailures(stack, failures);
      current = text.trim();
    },
    setRunning: async (name, running) => {
      const region = stack.regions.find((one) => one.region === name);
      if (!region) throw new Error(`There is no Region ${name} here.`);
      await (running ? region.start() : region.stop());
    },
    setCut: (cut) => {
      const { network } = stack;
      for (const { between } of linksOf(stack)) (cut ? network.cut : network.restore)(...between);
    },
  };
};
