import { counted } from '../service/tables.ts';
import type { Trace, TraceEvent, TraceStep } from './trace.ts';

/** A line of a tree, and the lines below it. */
type Branch = { readonly text: string; readonly below: readonly Branch[] };

/** Hours, minutes, seconds and milliseconds of a time in RFC 3339. */
const clockOf = (at: string | undefined): string => /T([\d:.]+)/.exec(at ?? '')?.[1] ?? '';

const leaf = (text: string): Branch => ({ text, below: [] });

const stepBranch = (step: TraceStep): Branch => {
  const { region, function: name, at, message, key, reason, status } = step;
  const about = [
    message,
    ...(key === undefined ? [] : [key]),
    ...(status !== undefined && !message.includes(status) ? [status] : []),
    ...(reason === undefined ? [] : [reason]),
  ].join(': ');
  return leaf([region, name, clockOf(at), about].filter((part) => part !== '').join('  '));
};

const stateText = ({ state, publishedAt, attempts, lastError }: TraceEvent): string =>
  [
    publishedAt === undefined ? state : `${state} ${clockOf(publishedAt)}`,
    ...(attempts === undefined || attempts === 0
      ? []
      : [`${counted(attempts, 'attempt')} of the relay`]),
    ...(lastError === undefined ? [] : [lastError]),
  ].join(', ');

const eventBranch = (event: TraceEvent): Branch => ({
  text: `${event.type} ${event.id}  ${stateText(event)}`,
  below: [
    ...event.attemptsLogged.map(stepBranch),
    ...event.effects.map(({ consumer, at }) =>
      leaf(`took effect once: ${consumer} at ${clockOf(at)}`),
    ),
    ...event.missing.map((line) => leaf(`! ${line}`)),
    ...event.events.map(eventBranch),
  ],
});

const drawn = ({ text, below }: Branch, first: string, next: string): readonly string[] => [
  `${first}${text}`,
  ...below.flatMap((branch, at) =>
    at === below.length - 1
      ? drawn(branch, `${next}└ `, `${next}  `)
      : drawn(branch, `${next}├ `, `${next}│ `),
  ),
];

/** The lines of a trace for a person: a tree of what has caused what. */
export const traceLines = (trace: Trace): readonly string[] => {
  const { correlationId, traceIds, steps, events, missing } = trace;
  const traced = traceIds.length === 0 ? '' : `  trace ${traceIds.join(', ')}`;
  const below = [
    ...missing.map((line) => leaf(`! ${line}`)),
    ...steps.map(stepBranch),
    ...events.map(eventBranch),
  ];
  return drawn({ text: `request ${correlationId}${traced}`, below }, '', '');
};
