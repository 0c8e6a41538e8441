import { expectTypeOf } from 'vitest';
import {
  accept,
  type Decision,
  type Outcome,
  type RunContext,
  refuse,
  type WorkRunner,
  withResult,
} from '../../../../src/domain/kernel/index.ts';
import { type ApiRequest, createOutcomeAnswer } from '../../../../src/handlers/runtime/index.ts';

type Show = { readonly free: number };
type Left = { readonly left: number };
declare const shows: WorkRunner<string, Show>;
declare const run: RunContext;
declare const request: ApiRequest;
const work = { ...run, once: { kind: 'command', key: 'k', fingerprint: '' } } as const;

const answerOutcome = createOutcomeAnswer({ refused: { SoldOut: 409, ShowNotFound: 404 } });

declare const decide: (show: Show) => Decision<Show, Left, never, 'SoldOut' | 'ShowNotFound'>;
declare const decideSoldOut: (show: Show) => Decision<Show, Left, never, 'SoldOut'>;
declare const decideMore: (show: Show) => Decision<Show, Left, never, 'SoldOut' | 'TooManySeats'>;
declare const decideUnnamed: (show: Show) => Decision<Show, Left>;

// The codes of a decision come out of its run, also through another form of the result.
const reserved = await shows.run({ ...work, load: 'hamlet', decide });
expectTypeOf(reserved).toEqualTypeOf<Outcome<Left, 'SoldOut' | 'ShowNotFound'>>();
const viewed = await shows.run({
  ...work,
  load: 'hamlet',
  decide: (show) => withResult(decide(show), ({ left }) => ({ seats: left })),
});
expectTypeOf(viewed).toEqualTypeOf<Outcome<{ seats: number }, 'SoldOut' | 'ShowNotFound'>>();
answerOutcome(reserved, request);
answerOutcome(viewed, request);
answerOutcome(await shows.run({ ...work, load: 'hamlet', decide: decideSoldOut }), request);

// A decision that is written in place has the codes that it says.
const inPlace = await shows.run({
  ...work,
  load: 'hamlet',
  decide: (show) =>
    show.free > 0
      ? accept({ state: show, events: [], result: { left: show.free } })
      : refuse('SoldOut', 'No seat is left'),
});
expectTypeOf(inPlace).toEqualTypeOf<Outcome<{ left: number }, 'SoldOut'>>();
answerOutcome(inPlace, request);

// A decision that only accepts needs no status.
const accepted = await shows.run({
  ...work,
  load: 'hamlet',
  decide: (state) => accept({ state, events: [], result: null }),
});
expectTypeOf(accepted).toEqualTypeOf<Outcome<null, never>>();
createOutcomeAnswer({ refused: {} })(accepted, request);

const more = await shows.run({ ...work, load: 'hamlet', decide: decideMore });
// @ts-expect-error TooManySeats has no status
answerOutcome(more, request);
const unnamed = await shows.run({ ...work, load: 'hamlet', decide: decideUnnamed });
// @ts-expect-error a decision that does not name its codes
answerOutcome(unnamed, request);
// @ts-expect-error a code that the type of the decision does not name
export const misnamed: Decision<Show, Left, never, 'SoldOut'> = refuse(
  'SoldOot',
  'No seat is left',
);
