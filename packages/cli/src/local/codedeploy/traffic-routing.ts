/** A share of the requests that a new version has for a time. */
export type TrafficStep = {
  /** 1 to 100. */
  readonly percent: number;
  /** How long it stays, before the next step. */
  readonly minutes: number;
};

/** All requests at once, without a wait. */
const allAtOnce: readonly TrafficStep[] = [{ percent: 100, minutes: 0 }];

/** A share for a time, and then all. */
export const canary = (percent: number, minutes: number): readonly TrafficStep[] => [
  { percent, minutes },
  ...allAtOnce,
];

/** The same share once more after each time, until all requests are shifted. */
export const linear = (percent: number, minutes: number): readonly TrafficStep[] => {
  const steps = Math.ceil(100 / percent);
  return Array.from({ length: steps }, (_, index) => {
    const isLast = index === steps - 1;
    return { percent: isLast ? 100 : (index + 1) * percent, minutes: isLast ? 0 : minutes };
  });
};

const predefined =
  /^CodeDeployDefault\.Lambda(?:(AllAtOnce)|(Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?)$/;

/** The times of CodeDeploy's own configurations, of a tenth each. */
const minutesOf: Readonly<Record<string, readonly number[]>> = {
  Canary: [5, 10, 15, 30],
  Linear: [1, 2, 3, 10],
};

/**
 * The steps of a configuration that CodeDeploy has by itself; `undefined` for another name.
 *
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
export const predefinedSteps = (name: string): readonly TrafficStep[] | undefined => {
  const [matched, atOnce, kind = '', percent, minutes] = predefined.exec(name) ?? [];
  if (matched === undefined) return undefined;
  if (atOnce !== undefined) return allAtOnce;
  const [share, time] = [Number(percent), Number(minutes)];
  if (share !== 10 || !minutesOf[kind]?.includes(time)) return undefined;
  return kind === 'Canary' ? canary(share, time) : linear(share, time);
};
