/**
 * Values by payload: by identity for an object, which it does not keep alive, and by value for a
 * text or a number.
 */
export class PayloadMap<Value> {
  readonly #objects = new WeakMap<object, Value>();
  readonly #values = new Map<unknown, Value>();

  get(payload: unknown): Value | undefined {
    return isObject(payload) ? this.#objects.get(payload) : this.#values.get(payload);
  }

  set(payload: unknown, value: Value): void {
    if (isObject(payload)) this.#objects.set(payload, value);
    else this.#values.set(payload, value);
  }

  delete(payload: unknown): void {
    if (isObject(payload)) this.#objects.delete(payload);
    else this.#values.delete(payload);
  }
}

const isObject = (payload: unknown): payload is object =>
  typeof payload === 'object' && payload !== null;
