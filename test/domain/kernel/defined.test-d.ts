import { describe, expectTypeOf, test } from 'vitest';
import { defined } from '../../../src/domain/kernel/defined.ts';

describe('defined', () => {
  test('makes a field optional that may be undefined, and keeps the others required', () => {
    const kept = defined({ id: 'a' as string, note: undefined as string | undefined });
    expectTypeOf(kept.id).toEqualTypeOf<string>();
    expectTypeOf<{ id: string }>(kept);
    expectTypeOf<{ id: string; note?: string }>(kept);
    const exact: { readonly id: string; readonly note?: string } = { ...kept };
    expectTypeOf(exact.id).toEqualTypeOf<string>();
  });

  test('does not make a field required that may be undefined', () => {
    // @ts-expect-error A field that may be undefined is not always there.
    const required: { note: string } = defined({ note: undefined as string | undefined });
    expectTypeOf(required).not.toBeAny();
  });
});
