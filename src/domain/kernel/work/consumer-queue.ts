/**
 * A queue between the bus and a consumer: it holds events back while the consumer is slow, and
 * hands several at once to its function.
 */
export type ConsumerQueue = {
  /** Events of one invocation, 1 to 100; 10 unless given. Each has a share of the timeout. */
  readonly batchSize?: number;
  /**
   * How long a batch waits for more events, 0 to 300; 0 unless given, or 1 for more than ten
   * events. Seconds.
   */
  readonly batchWindowSeconds?: number;
  /** Batches at a time, 2 to 1,000; as many as Lambda finds right unless given. */
  readonly concurrencyMax?: number;
  /** Deliveries after which an event is a dead letter, 2 to 1,000; 5 unless given. */
  readonly receivesMax?: number;
};

/** A {@link ConsumerQueue} with its defaults. */
export type ConsumerQueueSettings = Required<Omit<ConsumerQueue, 'concurrencyMax'>> &
  Pick<ConsumerQueue, 'concurrencyMax'>;

const batchSizeDefault = 10;

/** SQS gives ten messages at once. Lambda collects more in a window (developer guide, SQS). */
const batchSizeWithoutWindowMax = 10;

/**
 * Lambda's minimum to avoid: a throttled function would send events to the dead letters (developer
 * guide, SQS).
 */
const receivesDefault = 5;

/**
 * The range of each setting. Each event of a batch has a second at least, so that a batch of 100
 * fits the timeout of a function.
 */
const ranges: Readonly<Record<keyof ConsumerQueue, readonly [min: number, max: number]>> = {
  batchSize: [1, 100],
  batchWindowSeconds: [0, 300],
  concurrencyMax: [2, 1_000],
  receivesMax: [2, 1_000],
};

/** The settings of a queue that a consumer declares. */
export const consumerQueueSettings = (queue: true | ConsumerQueue): ConsumerQueueSettings => {
  const given = queue === true ? {} : queue;
  const { batchSize = batchSizeDefault, receivesMax = receivesDefault, concurrencyMax } = given;
  const windowDefault = batchSize > batchSizeWithoutWindowMax ? 1 : 0;
  const { batchWindowSeconds = windowDefault } = given;
  const settings = { batchSize, batchWindowSeconds, receivesMax };
  return concurrencyMax === undefined ? settings : { ...settings, concurrencyMax };
};

/**
 * Why a consumer cannot have such a queue, as the end of a sentence; `undefined` when it can.
 */
export const consumerQueueProblem = (queue: true | ConsumerQueue): string | undefined => {
  const settings = consumerQueueSettings(queue);
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const value = settings[name as keyof ConsumerQueue];
    if (value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max)) {
      continue;
    }
    return `has a queue with ${name} ${value}: use a whole number from ${min} to ${max}`;
  }
  const { batchSize, batchWindowSeconds } = settings;
  return batchSize > batchSizeWithoutWindowMax && batchWindowSeconds === 0
    ? `has a queue with batchSize ${batchSize}: above ${batchSizeWithoutWindowMax} it needs a batchWindowSeconds of 1 or more`
    : undefined;
};
