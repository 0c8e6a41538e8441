/** The value of a promise, unless the signal aborts first: then its reason is thrown. */
export const unlessAborted = async <T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
): Promise<T> => {
  if (!signal) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
