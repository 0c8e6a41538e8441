import { TemplateProblems } from './problems.ts';

/**
 * The ids with every dependency before its dependent, otherwise in their own order; dependencies
 * that are not among the ids are left out.
 *
 * @throws {TemplateProblems} when they form a circle, which it names.
 */
export const inDependencyOrder = (
  ids: readonly string[],
  dependenciesOf: (id: string) => readonly string[],
): readonly string[] => {
  const known = new Set(ids);
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (done.has(id) || !known.has(id)) return;
    if (path.includes(id)) {
      const circle = [...path.slice(path.indexOf(id)), id];
      throw new TemplateProblems([`circular dependency: ${circle.join(' → ')}`]);
    }
    for (const dependency of dependenciesOf(id)) visit(dependency, [...path, id]);
    done.add(id);
  };
  for (const id of ids) visit(id, []);
  return [...done];
};
