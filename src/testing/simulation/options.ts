import { type FaultName, faultNames } from './machine/faults.ts';

/** @throws {RangeError} for a number that counts nothing */
export const requireCount = (name: string, value: number, min: number): void => {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RangeError(`Give \`${name}\` a whole number of at least ${min}, not ${value}`);
};

/** @throws {RangeError} for a name that is none: a seed would play without that fault */
export const requireFaults = (names: readonly FaultName[]): void => {
  const unknown = names.find((name) => !faultNames.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(`There is no fault "${unknown}": give some of ${faultNames.join(', ')}`);
};
