/**
 * Finds the function of a service by its name in the service, with which its physical name ends.
 *
 * @throws {Error} with one line when there is none, or more than one
 */
export const createFunctionNamed =
  (functions: readonly string[]) =>
  (name: string): string => {
    const [found, ...others] = functions.filter((one) => one === name || one.endsWith(`-${name}`));
    if (found !== undefined && others.length === 0) return found;
    const seen =
      found === undefined ? 'is not there' : `is one of ${[found, ...others].join(', ')}`;
    throw new Error(`function ${name} ${seen}; the app has ${functions.join(', ')}`);
  };
