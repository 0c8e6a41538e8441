/** The time of a column, in milliseconds since the epoch. */
export const timeOf = (value: unknown): number =>
  value instanceof Date ? value.getTime() : Date.parse(String(value));
