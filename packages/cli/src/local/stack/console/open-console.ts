import { type ConsoleDeps, consoleRoute } from '../../console/index.ts';
import type { LogStore } from '../../logs/index.ts';
import { linksOf } from '../links.ts';
import type { LocalStack } from '../local-stack.ts';
import type { HttpRegion } from '../ports.ts';

/**
 * Puts the console before the services of each Region's port: a person who has lost one Region
 * looks at the other.
 */
export const openConsole = (
  ports: readonly HttpRegion[],
  stack: Pick<LocalStack, 'regions' | 'network'>,
  { logs, ...deps }: Pick<ConsoleDeps, 'recorder' | 'switches'> & { readonly logs: LogStore },
): void => {
  const view = () => ({
    links: linksOf(stack),
    regions: stack.regions.map(({ region, url, functions, isRunning }) => ({
      ...{ region, url },
      running: isRunning(),
      functions: [...functions.keys()],
    })),
  });
  const route = consoleRoute({ ...deps, view, regions: stack.regions, linesOf: logs.lines });
  for (const { routes } of ports) routes.unshift(route);
};
