/**
 * Steps that one run has under way at once: it can use as many connections. The database works on
 * them at the same time, and some wait for the network. Each step has a part of its own, so the
 * steps cannot conflict with each other.
 */
export const stepsAtOnceMax = 4;

/**
 * Gives each item to `step`, a few at once, and puts it behind the others as long as `step` says
 * that it has more, so that no item waits for a longer one to end.
 *
 * @throws whatever a step throws first, when the steps under way have ended; no other step is begun
 */
export const inTurns = async <Item>(
  items: readonly Item[],
  step: (item: Item) => Promise<boolean>,
): Promise<void> => {
  const queue = [...items];
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && !failure; item = queue.shift()) {
      try {
        if (await step(item)) queue.push(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: stepsAtOnceMax }, worker));
  if (failure) throw failure.error;
};
