import { counted, shownAge, tableLines } from '../service/tables.ts';
import type { FunctionStatus, Part, RegionStatus } from './region-status.ts';

const shown = <T>(part: Part<T>, text: (value: T) => string): string =>
  'problem' in part ? `cannot be read: ${part.problem}` : text(part.value);

const switches = (
  part: Part<{ readonly count: number; readonly disabled: readonly string[] }>,
  noun: string,
): string =>
  shown(part, ({ count, disabled }) =>
    disabled.length === 0
      ? `${counted(count, noun)}, enabled`
      : `${counted(count, noun)}, disabled: ${disabled.join(', ')}`,
  );

const functionRow = ({ name, errors, hasMoreErrors, lastError }: FunctionStatus, now: number) => [
  `    ${name}`,
  hasMoreErrors ? `${errors} errors or more` : counted(errors, 'error'),
  lastError ? `${shownAge(now - Date.parse(lastError.at))} ago: ${lastError.reason}` : '',
];

/** The lines that a person reads about one half. */
export const statusLines = (status: RegionStatus, now: number): readonly string[] => {
  const { region, stack, cluster, orphans, functions, rules, schedules, queues, outbox } = status;
  const outboxText = shown(outbox, ({ pending, dead, oldestAgeMs }) => {
    const age = oldestAgeMs > 0 ? `, the oldest for ${shownAge(oldestAgeMs)}` : '';
    return `${pending.count} wait${age}; ${dead.count} dead`;
  });
  const rows = [
    [
      '  cluster',
      shown(cluster, (one) => `${one.id} ${one.status}, witness ${one.witness ?? '-'}`),
    ],
    ['  rules', switches(rules, 'rule')],
    ['  schedules', switches(schedules, 'schedule')],
    [
      '  queues',
      shown(queues, (all) =>
        all.length === 0
          ? 'all are empty'
          : all.map(({ name, messages }) => `${name} ${messages}`).join(', '),
      ),
    ],
    ['  outbox', outboxText],
    ['  functions', shown(functions, (all) => counted(all.length, 'function'))],
  ];
  const functionRows = 'value' in functions ? functions.value : [];
  const lost = shown(orphans, (all) => all.map(({ arn }) => arn).join(', '));
  return [
    `${region}  ${stack}`,
    ...tableLines(rows),
    ...tableLines(functionRows.map((one) => functionRow(one, now))),
    ...(lost === '' ? [] : [`  orphan clusters, which nothing uses: ${lost}`]),
  ];
};
