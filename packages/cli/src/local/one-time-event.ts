/**
 * Something that happens once and late, while many wait for it and for something else.
 *
 * A promise is no such thing: it keeps each `then` and each race, with what that came to, until it
 * settles.
 */
export interface OneTimeEvent<T> {
  /**
   * Calls back once it happens, in a later turn if it has; the function that is returned ends the
   * wait.
   */
  readonly listen: (callback: (value: T) => void) => () => void;
  /** Does nothing the second time. */
  readonly happen: (value: T) => void;
  /** How many listen. */
  readonly listeners: () => number;
}

/**
 * @example
 * const died = createOneTimeEvent<number>();
 * const unlisten = died.listen((code) => fail(code));
 * await work().finally(unlisten);
 */
export const createOneTimeEvent = <T>(): OneTimeEvent<T> => {
  const callbacks = new Map<symbol, (value: T) => void>();
  let happened: { readonly value: T } | undefined;
  const run = (value: T): void => {
    const waiting = [...callbacks.values()];
    callbacks.clear();
    for (const callback of waiting) callback(value);
  };
  return {
    listen: (callback) => {
      // Not the callback itself: two may listen with the same one.
      const key = Symbol('listener');
      callbacks.set(key, callback);
      if (happened) queueMicrotask(() => happened && run(happened.value));
      return () => void callbacks.delete(key);
    },
    happen: (value) => {
      if (happened) return;
      happened = { value };
      run(value);
    },
    listeners: () => callbacks.size,
  };
};
