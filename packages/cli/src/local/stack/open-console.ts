import { consoleRoute, type Recorder } from '../console/index.ts';
import { linksOf } from './control-route.ts';
import type { LocalStack } from './local-stack.ts';
import type { HttpRegion } from './ports.ts';

/**
 * Puts the console before the services of each Region's port: a person who has lost one Region
 * looks at the other.
 */
export const openConsole = (
  ports: readonly HttpRegion[],
  stack: Pick<LocalStack, 'regions' | 'network'>,
  recorder: Recorder,
): void => {
  const view = () => ({
    links: linksOf(stack),
    regions: stack.regions.map(({ region, url, functions, isRunning }) => ({
      ...{ region, url },
      running: isRunning(),
      functions: [...functions.keys()],
    })),
  });
  const route = consoleRoute({ recorder, view, regions: stack.regions });
  for (const { routes } of ports) routes.unshift(route);
};
