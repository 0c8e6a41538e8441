import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ofType, type Template, textOf } from './template.ts';

/** The page about alarms. */
export const alarmsPage = readFileSync(
  join(import.meta.dirname, '../../../docs/alarms.md'),
  'utf8',
);

/** The name of each section of the page. */
export const alarmSections: readonly string[] = [...alarmsPage.matchAll(/^## `(.+)`$/gm)].map(
  ([, name = '']) => name,
);

/** The names that a section is about: the part of a long and a short window belongs to it too. */
const patternOf = (section: string): RegExp =>
  new RegExp(`^${section.replaceAll('…', '.+')}(?:-(?:long|short))?\\d?$`);

/** An alarm without the prefix and the service of its name, or the id that the canary gives it. */
const shortName = (id: string, name: unknown, service: string): string =>
  name === undefined
    ? id.replace(/^[A-Za-z]*?(?=Canary)/, '')
    : textOf(name).replace(`antipode-${service}-`, '');

/** The alarms of a template, as the page names them. */
export const alarmNames = (template: Template, service: string): readonly string[] =>
  ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    ofType(template, type).map(([id, { Properties }]) =>
      shortName(id, Properties['AlarmName'], service),
    ),
  );

/** The sections about an alarm; there should be one. */
export const sectionsOf = (alarm: string): readonly string[] =>
  alarmSections.filter((section) => patternOf(section).test(alarm));
