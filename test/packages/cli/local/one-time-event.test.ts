import { expect, test } from 'vitest';
import { createOneTimeEvent } from '../../../../packages/cli/src/local/one-time-event.ts';

test('calls every listener once', () => {
  const event = createOneTimeEvent<string>();
  const heard: string[] = [];
  const hear = (value: string): void => void heard.push(value);
  event.listen(hear);
  event.listen(hear);
  event.happen('first');
  event.happen('second');
  expect(heard).toEqual(['first', 'first']);
});

test('keeps no listener that has stopped listening', () => {
  const event = createOneTimeEvent<string>();
  const heard: string[] = [];
  for (let number = 0; number < 100; number += 1) event.listen((value) => heard.push(value))();
  expect(event.listeners()).toBe(0);
  event.happen('it');
  expect(heard).toEqual([]);
});

test('calls a listener that comes after the event in a later turn, unless it stops listening', async () => {
  const event = createOneTimeEvent<string>();
  event.happen('it');
  const heard: string[] = [];
  event.listen((value) => heard.push(`${value} one`));
  event.listen((value) => heard.push(`${value} other`))();
  expect(heard).toEqual([]);
  await Promise.resolve();
  expect(heard).toEqual(['it one']);
  expect(event.listeners()).toBe(0);
});
