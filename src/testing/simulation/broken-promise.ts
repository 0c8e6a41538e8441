import type { Violation } from './service/scenario.ts';

/** A seed that has broken promises. */
type Broken = {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly story: readonly string[];
  /** The call that plays the seed again. */
  readonly repeat: string;
};

/** Lines of the story in the message of an error: a promise is mostly broken near the end. */
const storyLinesMax = 60;

const messageOf = ({ seed, violations, story, repeat }: Broken): string => {
  const omitted = story.length - storyLinesMax;
  return [
    `Seed ${seed} breaks ${violations.length === 1 ? 'a promise' : `${violations.length} promises`}:`,
    ...violations.map(({ oracle, message }) => `  ${oracle}: ${message}`),
    omitted > 0 ? `Its story without the first ${omitted} lines:` : 'Its story:',
    ...story.slice(-storyLinesMax).map((line) => `  ${line}`),
    `To repeat it: ${repeat}`,
  ].join('\n');
};

/**
 * The error of a seed that has broken a promise. Its message says which promise, how it came to
 * that, and how to play the seed again.
 */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The sentences of the shortest variant of the seed that breaks the same promise. */
  readonly story: readonly string[];

  constructor(broken: Broken) {
    super(messageOf(broken));
    this.seed = broken.seed;
    this.violations = broken.violations;
    this.story = broken.story;
  }
}
