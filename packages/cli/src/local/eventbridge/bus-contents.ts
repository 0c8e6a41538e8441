import { type Archive, type ArchiveDefinition, createArchive, sourceBusOf } from './archive.ts';
import type { Rule } from './rule.ts';

const checkRule = (rule: Rule, buses: ReadonlySet<string>): void => {
  if (buses.has(rule.busName)) return;
  throw new Error(
    `Rule ${rule.name} is on the event bus ${rule.busName}, which does not exist; there are ${[...buses].join(', ')}.`,
  );
};

/** The rules of a Region, each of which sends events at first as its template says. */
export const createRules = (buses: Set<string>) => {
  const rules = new Map<string, Rule>();
  const enabled = new Map<string, boolean>();
  return {
    all: (): readonly Rule[] => [...rules.values()],
    put: (rule: Rule): void => {
      checkRule(rule, buses);
      rules.set(rule.arn, rule);
      enabled.set(rule.arn, rule.enabled);
    },
    remove: (arn: string): void => {
      rules.delete(arn);
      enabled.delete(arn);
    },
    switches: {
      isEnabled: ({ arn }: Rule) => enabled.get(arn) === true,
      setEnabled: ({ arn }: Rule, value: boolean) => void enabled.set(arn, value),
    },
  };
};

/** The archives of a Region. An archive that is changed keeps its events. */
export const createArchives = (now: () => number) => {
  const archives = new Map<string, Archive>();
  return {
    all: (): readonly Archive[] => [...archives.values()],
    ofBus: (busName: string): readonly Archive[] =>
      [...archives.values()].filter(({ definition }) => sourceBusOf(definition) === busName),
    put: (definition: ArchiveDefinition): void => {
      const known = archives.get(definition.arn);
      if (known) known.configure(definition);
      else archives.set(definition.arn, createArchive(definition, now));
    },
    remove: (arn: string): void => void archives.delete(arn),
  };
};
