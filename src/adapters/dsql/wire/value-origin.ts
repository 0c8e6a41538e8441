/**
 * The column type, and the server's text, that a value was read from. Writing the value back needs
 * both: a `Date` holds neither microseconds nor an hour that the local time zone skips, a number
 * has 15 digits, and an array does not say whether it was JSON.
 */
export type ValueOrigin =
  | {
      readonly type: 'date' | 'timestamp' | 'timestamptz';
      /** The server's text. */
      readonly text: string;
      /**
       * Milliseconds since the epoch that the `Date` had then; a changed `Date` is another value.
       */
      readonly time: number;
    }
  | {
      readonly type: 'interval' | 'json' | 'array';
      /**
       * The server's text, where the value may not hold all of it, and the OID of its type to read
       * it again.
       */
      readonly exact?: { readonly text: string; readonly oid: number };
    };

/**
 * Shared by all copies of this module in a process: one may read a value that another one writes.
 */
const origin = Symbol.for('antipode.valueOrigin');

/** Keeps a value's origin in a property of it that neither JSON nor a comparison sees. */
export const rememberOrigin = <Value extends object>(value: Value, from: ValueOrigin): Value => {
  // A parser of the service may answer with an object that is frozen, or that it has answered with
  // before.
  Reflect.defineProperty(value, origin, { value: from, configurable: true });
  return value;
};

/** The origin of a value; absent for a value that the program has made or copied. */
export const originOf = (value: object): ValueOrigin | undefined =>
  (value as { readonly [origin]?: ValueOrigin })[origin];
