import { portOption, type WantedPort } from 'antipode-local-dsql/runs';
import type { LocalOptions } from '../../options.ts';

/** The ports of `antipode local`, which does not know yet whether the app is in both Regions. */
export const wantedPorts = ({
  httpPorts,
  dsqlPorts,
}: Pick<LocalOptions, 'httpPorts' | 'dsqlPorts'>): readonly WantedPort[] => {
  const wanted = (ports: readonly number[], options: readonly string[]) =>
    ports.map((port, at) => ({
      port,
      option: `${options[at]}, or all four with ${portOption}`,
    }));
  return [
    ...wanted(httpPorts, ['--primary-port', '--secondary-port']),
    ...wanted(dsqlPorts, ['--primary-dsql-port', '--secondary-dsql-port']),
  ];
};
