import { randomUUID } from 'node:crypto';
import { envelopeBytesMax } from '../../../domain/kernel/events/event.ts';
import {
  added,
  addTo,
  type CounterWork,
  counterName,
  counterWork,
  envelopeOf,
  setTo,
} from '../counter.ts';
import { expectEqual, expectLike, expectRejection } from '../expectations.ts';
import { checksFor } from '../suite.ts';
import { pendingOf, type UnitOfWorkChecks } from './unit-of-work-subject.ts';

/** The checks of an event's size, of work with or without reads. */
const sizeChecks = (how: string): UnitOfWorkChecks => ({
  [`commits nothing of work ${how} reads whose event is too large to be published`]: async (
    subject,
  ) => {
    const counter = counterName();
    const withNote = (note: string) => {
      const decision = setTo(counter, 7)();
      if (!decision.accepted) throw new Error('refused');
      return {
        ...decision,
        events: decision.events.map((one) => ({ ...one, data: { ...one.data, note } })),
      };
    };
    const execute = (note: string) => {
      const options = how === 'with' ? { load: { names: [counter] } } : {};
      return subject.unitOfWork.execute(counterWork(() => withNote(note), options));
    };
    const [event] = withNote('').events;
    if (!event) throw new Error('no event');
    const room = envelopeBytesMax - Buffer.byteLength(JSON.stringify(envelopeOf(event)));
    const largest = 'é'.repeat(Math.floor(room / 2));
    const before = await pendingOf(subject);
    await expectRejection(execute(`${largest}é`), 'InvalidInput');
    expectEqual(await subject.value(counter), undefined);
    expectEqual(await pendingOf(subject), before);
    expectEqual((await execute(largest)).status, 'committed');
    expectEqual(await subject.value(counter), 7);
  },
});

/** Which parts of a decision are committed, and that they are committed together. */
export const decisionChecks: UnitOfWorkChecks = {
  'commits state, events and answer of a decision': async (subject) => {
    const counter = counterName();
    const before = await pendingOf(subject);
    const outcome = await subject.unitOfWork.execute(counterWork(setTo(counter, 7)));
    const event = { type: 'Added', subject: counter, data: { name: counter, value: 7 } };
    expectLike(outcome, { status: 'committed', result: { value: 7 }, events: [event] });
    expectEqual(await subject.value(counter), 7);
    expectEqual(await pendingOf(subject), before + 1);
    // The row in the outbox is the one of the event that was answered.
    const { events } = outcome as Extract<typeof outcome, { status: 'committed' }>;
    await subject.outbox.markPublished(events.map(({ id }) => id));
    expectEqual(await pendingOf(subject), before);
  },

  'commits all events of a decision, each once': async (subject) => {
    const counter = counterName();
    const before = await pendingOf(subject);
    const decide = () => {
      const decision = setTo(counter, 3)();
      return { ...decision, events: [1, 2, 3].map((value) => added(counter, value)) };
    };
    const outcome = await subject.unitOfWork.execute(counterWork(decide as CounterWork['decide']));
    const events = [1, 2, 3].map((value) => ({ data: { name: counter, value } }));
    expectLike(outcome, { status: 'committed', events });
    expectEqual(await pendingOf(subject), before + 3);
  },

  'leaves a scheduled event to the relay, and commits it with the state': async (subject) => {
    const counter = counterName();
    const before = await pendingOf(subject);
    const notBefore = Date.now() + 3_600_000;
    const decide = () => ({
      ...setTo(counter, 3)(),
      events: [added(counter, 1), { ...added(counter, 2), notBefore }],
    });
    const outcome = await subject.unitOfWork.execute(counterWork(decide as CounterWork['decide']));
    expectLike(outcome, { status: 'committed' });
    const { events } = outcome as Extract<typeof outcome, { status: 'committed' }>;
    expectEqual(
      events.map(({ data }) => data),
      [{ name: counter, value: 1 }],
    );
    expectEqual(await pendingOf(subject), before + 2);
  },

  'decides on what it has loaded': async (subject) => {
    const counter = counterName();
    const load = { names: [counter] };
    await subject.unitOfWork.execute(counterWork(setTo(counter, 7)));
    await subject.unitOfWork.execute(counterWork(addTo(counter, 5), { load }));
    expectEqual(await subject.value(counter), 12);
  },

  'decides on the empty state where the work says that it loads nothing': async (subject) => {
    const counter = counterName();
    await subject.unitOfWork.execute(counterWork(setTo(counter, 7)));
    const work = { ...counterWork(addTo(counter, 1)), load: null };
    expectLike(await subject.unitOfWork.execute(work), { result: { value: 1 } });
  },

  'saves nothing of a refused decision, and decides anew the next time': async (subject) => {
    const counter = counterName();
    const key = randomUUID();
    const load = { names: [counter] };
    const refused = await subject.unitOfWork.execute(
      counterWork(addTo(counter, 5, 4), { key, load }),
    );
    expectLike(refused, { status: 'refused', refusal: { code: 'TooMuch' } });
    expectEqual(await subject.value(counter), undefined);
    const accepted = await subject.unitOfWork.execute(
      counterWork(addTo(counter, 5, 6), { key, load }),
    );
    expectLike(accepted, { status: 'committed', result: { value: 5 } });
  },

  ...checksFor(['with', 'without'], sizeChecks),
};
