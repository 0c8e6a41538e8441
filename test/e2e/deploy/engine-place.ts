import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployments } from '../../../packages/cli/src/local/deployment/deployments.ts';
import { createDeployments } from '../../../packages/cli/src/local/deployment/engine.ts';
import { dataProvider } from '../../../packages/cli/src/local/deployment/operations/provider.ts';
import { openRegionFronts } from '../../../packages/cli/src/local/region-front.ts';
import {
  codeInObjects,
  deploymentApis,
  openObjects,
} from '../../../packages/cli/src/local/stack/deployments/deployment-apis.ts';
import { type Route, startHttpServer } from '../../../packages/local-dsql/src/http/index.ts';

/** A place to deploy to. */
export interface Place {
  /** The port of the primary Region. */
  readonly url: string;
  /** A folder of this place, which goes with it. */
  readonly folder: string;
  readonly deployments: Deployments;
  /** The lines that it has printed: events of stacks, and operations that it does not have. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<void>;
}

const regions = ['us-east-1', 'us-west-2'];

/** The attribute of the peering that its stack shows: no function runs here that would answer. */
const answered = async () => ({ attributes: { NextStep: 'none' } });
const provider = { ...dataProvider, create: answered, update: answered };

/**
 * A place whose resources are data alone: the engine with the APIs in front of it, and nothing
 * that runs. A deployment there takes no longer than the tool that deploys.
 */
export const openEnginePlace = async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-deploy-'));
  const objects = openObjects(undefined, folder);
  const lines: string[] = [];
  const print = (line: string): void => {
    lines.push(line);
  };
  const engine = createDeployments({
    regions,
    provider: () => provider,
    assets: codeInObjects(objects),
    endpoints: () => ({ http: 'http://localhost:4100', dsql: 'localhost:4132' }),
    check: () => [],
    now: Date.now,
    onEvent: print,
  });
  const given = { objects, parameter: () => undefined, startedAt: Date.now() };
  const ports = regions.map((region) => {
    const routes: Route[] = [...deploymentApis(engine, { ...given, region })];
    return { region, routes };
  });
  openRegionFronts(ports, () => true, print);
  const servers = await Promise.all(
    ports.map(({ routes }) => startHttpServer({ port: 0, routes })),
  );
  return {
    url: servers[0]?.url ?? '',
    folder,
    deployments: engine,
    lines,
    stop: async () => {
      await engine.stop();
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
