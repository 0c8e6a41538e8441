import { randomUUID } from 'node:crypto';
import { addTo, type CounterWork, counterName, counterWork, setTo } from '../counter.ts';
import { expectEqual, expectLike } from '../expectations.ts';
import {
  pendingOf,
  type UnitOfWorkChecks,
  type UnitOfWorkSubject,
} from './unit-of-work-subject.ts';

/** Work is known by its kind and its whole name. */
export const recordChecks: UnitOfWorkChecks = {
  'handles an event once per consumer': async (subject) => {
    const counter = counterName();
    const eventId = randomUUID();
    const handle = (consumer: string) =>
      subject.unitOfWork.execute({
        ...counterWork(addTo(counter, 1), { load: { names: [counter] } }),
        once: { kind: 'event', consumer, eventId },
      });
    expectEqual((await handle('first')).status, 'committed');
    expectEqual((await handle('first')).status, 'replayed');
    expectEqual((await handle('second')).status, 'committed');
    expectEqual(await subject.value(counter), 2);
  },

  'handles an event that reads nothing once': async (subject) => {
    const [first, second] = [counterName(), counterName()];
    const once = { kind: 'event', consumer: 'set', eventId: randomUUID() } as const;
    const handle = (on: UnitOfWorkSubject['unitOfWork'], counter: string) =>
      on.execute({ ...counterWork(setTo(counter, 1)), once });
    expectEqual((await handle(subject.unitOfWork, first)).status, 'committed');
    const before = await pendingOf(subject);
    expectEqual(await handle(subject.other, second), { status: 'replayed', result: null });
    expectEqual(await subject.value(second), undefined);
    expectEqual(await pendingOf(subject), before);
  },

  'takes two records for one only if they have the same name and kind': async (subject) => {
    const counter = counterName();
    const name = randomUUID();
    const event = (consumer: string, eventId: string) =>
      ({ kind: 'event', consumer, eventId }) as const;
    const command = (key: string) => ({ kind: 'command', key, fingerprint: 'same' }) as const;
    const all: readonly CounterWork['once'][] = [
      command(name),
      command(name.toUpperCase()),
      command(`${name} `),
      command(`set:${name}`),
      event('set', name),
      event('SET', name),
      event('set', `${name}:set`),
      event(`set:${name}`, 'set'),
      event(name, 'set'),
    ];
    for (const once of all) {
      const work = { ...counterWork(addTo(counter, 1), { load: { names: [counter] } }), once };
      expectLike(await subject.unitOfWork.execute(work), { status: 'committed' });
    }
    expectEqual(await subject.value(counter), all.length);
  },
};
