import type { CheckStack } from '../../deployment/index.ts';
import { permissionProblems } from '../../template/permissions.ts';
import { physicalNameProblems } from '../../template/validation/physical-names.ts';
import { structureProblems } from '../../template/validation/template-checks.ts';
import { problemsOfAll } from '../../template/validation/validate.ts';
import { readingProblems } from '../plan/read-resource.ts';
import { permissionsAtCreation } from '../providers/problems-when-made.ts';

/**
 * The problems of one stack, judged together with what has been deployed: what AWS would refuse,
 * what does not run here, and permissions that AWS would miss later.
 */
export const checkStack: CheckStack = ({ stack, resources, others, isComplete, isPending }) => {
  const all = [...others, ...resources];
  const context = { resources: all, isComplete, isPending };
  const found = problemsOfAll(context);
  // The code of functions is asked for when they are made.
  const app = { resources: all, codeDirOf: () => '' };
  const own = resources.flatMap((resource) => {
    const problems = found.get(resource) ?? [];
    return problems.length > 0 || isPending(resource.properties)
      ? problems
      : readingProblems(resource, app);
  });
  const judged = resources.filter(({ type }) => !permissionsAtCreation.has(type));
  return [
    ...structureProblems({ directory: '', stacks: [stack] }),
    ...own,
    ...physicalNameProblems(context),
    ...(isComplete ? permissionProblems(all, judged) : []),
  ];
};
