/**
 * The kinds of faults. Each tells a caller what to do. A refusal of the business is no fault but a
 * value (`Refused`).
 *
 * | kind | run again? |
 * |---|---|
 * | `InvalidInput` | no: the same input fails the same way |
 * | `Conflict` | yes: another transaction won; nothing of this one happened |
 * | `Unavailable` | yes: nothing of this attempt happened |
 * | `OutcomeUnknown` | yes, under the same key: it may have happened |
 * | `InvariantViolation` | no, and raise an alarm: the program is wrong |
 */
export type FaultKind =
  | 'InvalidInput'
  | 'Conflict'
  | 'Unavailable'
  | 'OutcomeUnknown'
  | 'InvariantViolation';

/**
 * An exception that says whether running the same work again can help; it is one of the five below.
 */
export abstract class Fault extends Error {
  /** Tells a caller what to do; also the `name` of the error. */
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = kind;
    this.kind = kind;
  }

  get retryable(): boolean {
    return (
      this.kind === 'Conflict' || this.kind === 'Unavailable' || this.kind === 'OutcomeUnknown'
    );
  }
}

/** One wrong field of an input and what to do about it. */
export type Issue = {
  /** The path of the field in the input, such as `seats.0.row`; empty for the whole input. */
  readonly field: string;
  /** One line that says what the field must be. */
  readonly message: string;
};

/** The input can never be accepted; `issues` has one entry per wrong field. */
export class InvalidInput extends Fault {
  /** One entry for each wrong field; empty where the fault is of the whole input. */
  readonly issues: readonly Issue[];

  constructor(
    message: string,
    options: { readonly issues?: readonly Issue[]; readonly cause?: unknown } = {},
  ) {
    super('InvalidInput', message, options);
    this.issues = options.issues ?? [];
  }
}

/**
 * The cause of a conflict: rows (`OC000` on DSQL), or the catalog that a migration has changed
 * (`OC001`).
 */
export type ConflictOver = 'data' | 'schema';

/** Another transaction committed first (OCC); run the whole attempt again, with fresh reads. */
export class Conflict extends Fault {
  /** Whether rows or the schema were changed by another transaction. */
  readonly over: ConflictOver;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly over?: ConflictOver } = {},
  ) {
    super('Conflict', message, options);
    this.over = options.over ?? 'data';
  }
}

/** A part that is needed cannot be reached or has no capacity; nothing happened. */
export class Unavailable extends Fault {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('Unavailable', message, options);
  }
}

/** The work may or may not have taken effect, such as where the answer to COMMIT was lost. */
export class OutcomeUnknown extends Fault {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('OutcomeUnknown', message, options);
  }
}

/** Something that the code holds to be impossible has happened. */
export class InvariantViolation extends Fault {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('InvariantViolation', message, options);
  }
}

/** Whether running the same work again, under the same key, can help. */
export const isRetryable = (error: unknown): error is Fault =>
  error instanceof Fault && error.retryable;

/**
 * An error and everything that it says has caused it, outermost first: `cause` at any depth, and
 * what an `AggregateError` has gathered. Each error comes once, so that a circle ends.
 */
export function* causesOf(error: unknown): Generator<unknown, undefined> {
  const seen = new Set<unknown>();
  const ahead: unknown[] = [error];
  while (ahead.length > 0) {
    const current = ahead.pop();
    if (current === undefined || current === null || seen.has(current)) continue;
    seen.add(current);
    yield current;
    if (!(current instanceof Error)) continue;
    // `pop` takes the last one: so the cause comes first, then the errors in their order.
    if (current instanceof AggregateError) ahead.push(...current.errors.toReversed());
    ahead.push(current.cause);
  }
}

/**
 * The outermost fault in an error and its causes. A callback may have wrapped the fault in an error
 * of its own.
 */
export const faultIn = (error: unknown): Fault | undefined => {
  if (error instanceof Fault) return error;
  for (const cause of causesOf(error)) if (cause instanceof Fault) return cause;
  return undefined;
};
