import type { Json } from './json.ts';

type Scalar = null | boolean | number | string;

/**
 * Functions, symbols and bigints have no form in JSON; a `Date` or a `Map` is refused by its
 * methods.
 */
type Foreign = bigint | symbol | ((...parameters: never) => unknown);

/** `undefined` in a list becomes `null`. */
type JsonElement<T> = [T] extends [Json] ? T : undefined extends T ? never : JsonCompatible<T>;

/** `undefined` in a field means that the field is absent. */
type JsonField<T> = [T] extends [Json | undefined]
  ? T
  : T extends undefined
    ? undefined
    : JsonCompatible<T>;

/**
 * A type that `T` extends if and only if it survives a trip through JSON: texts, numbers, lists and
 * objects of them. Unlike `Json` it lets an `interface` pass, which has no index signature.
 *
 * @example
 * interface SeatsReserved { readonly show: string; readonly seats: number }
 * type Event = DomainEvent<'SeatsReserved', SeatsReserved>;
 */
export type JsonCompatible<T> = unknown extends T
  ? unknown
  : T extends Scalar
    ? Scalar
    : T extends Foreign | undefined
      ? never
      : T extends readonly unknown[]
        ? { readonly [Index in keyof T]: JsonElement<T[Index]> }
        : { readonly [Key in keyof T]: JsonField<T[Key]> };

/**
 * The constraint in `T extends JsonResult<T>`. It is the same as `JsonCompatible`, in a form that
 * TypeScript can use as the constraint of the parameter itself.
 */
export type JsonResult<T> = (Json | object) & { readonly [Key in keyof T]: JsonField<T[Key]> };
