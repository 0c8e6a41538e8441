/** The person asked for something that does not exist: one line, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Refuses an option that got the value of a variable that is not set. */
export const refuseEmpty = (values: Readonly<Record<string, string | undefined>>): void => {
  for (const [name, value] of Object.entries(values)) {
    if (value === '') throw new UsageError(`--${name} is empty: give a value or leave it out`);
  }
};

/** Reads the number that an option was given. */
export const readNumber = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${text}: give a number from ${min} to ${max}`);
};
