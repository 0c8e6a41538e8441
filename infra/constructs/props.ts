import { type Duration, Token } from 'aws-cdk-lib';
import type { Alarm, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/**
 * A prop that nothing can be deployed with. The message is one line, which names the construct, the
 * prop and the fix.
 */
export class InvalidProp extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidProp';
  }
}

/** @throws {InvalidProp} when a number is known and is not a whole one of the range */
export const requireWithin = (
  construct: IConstruct,
  name: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
): void => {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new InvalidProp(
    `${name} of ${construct.node.path} is ${value}, use a whole number from ${min} to ${max}`,
  );
};

/** @throws {InvalidProp} when a time is known and is not in the range. Seconds. */
export const requireSeconds = (
  construct: IConstruct,
  name: string,
  value: Duration | undefined,
  range: readonly [number, number],
): void => {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  requireWithin(construct, `${name} in seconds`, seconds, range);
};

/** Adds the actions of an alarm. */
export const tell = (alarm: Alarm, actions: readonly IAlarmAction[] = []): void =>
  alarm.addAlarmAction(...actions);
