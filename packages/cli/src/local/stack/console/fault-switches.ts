import type { Switches } from '../../console/index.ts';
import { seededFailures, type switchableFailures } from '../../eventbridge/index.ts';
import { setLinksCut } from '../links.ts';
import type { LocalStack } from '../local-stack.ts';
import { beginFailures, noFailures, parseStackFailures } from '../stack-failures.ts';

/**
 * Switches of a running stack, for a person.
 *
 * @param initial the failures with which the stack has started, as they were written
 */
export const createFaultSwitches = (
  stack: Pick<LocalStack, 'regions' | 'network'>,
  switched: Pick<ReturnType<typeof switchableFailures>, 'set'>,
  initial = '',
): Switches => {
  let current = initial;
  return {
    text: () => current,
    set: async (text) => {
      const failures = text.trim() === '' ? noFailures : parseStackFailures(text);
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
    setCut: (cut) => setLinksCut(stack, cut),
  };
};
