import fc from 'fast-check';
import {
  type SettingParameter,
  settingParameters,
} from '../../../infra/cloudformation/parameters.ts';

/** Values of settings, by their environment variables. */
export type Settings = Readonly<Record<string, string>>;

const regionSets = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['ap-northeast-3', 'ap-northeast-1', 'ap-northeast-2'],
  ['eu-west-1', 'eu-central-1', 'eu-west-3'],
] as const;

const anyRegions = fc
  .constantFrom(...regionSets)
  .chain((regions) => fc.shuffledSubarray([...regions], { minLength: 3 }))
  .map(([primary = '', secondary = '', witness = '']) => ({
    ...{ PRIMARY_REGION: primary, SECONDARY_REGION: secondary, WITNESS_REGION: witness },
  }));

/** Any value that the template takes for a parameter. */
const anyValue = (parameter: SettingParameter): fc.Arbitrary<string> => {
  const { kind, setting } = parameter;
  if (kind === 'switch') return fc.constantFrom('on', 'off');
  if (kind === 'choice') return fc.constantFrom(...parameter.values).map(String);
  if (kind === 'number') {
    const { min, max, values } = parameter;
    return (values ? fc.constantFrom(...values) : fc.integer({ min, max })).map(String);
  }
  if (setting === 'ALARM_EMAIL') return fc.constantFrom('', 'on-call@example.com');
  if (setting === 'CLUSTER_NAME_SUFFIX') return fc.constantFrom('', '-blue');
  if (/_PREFIX$/.test(setting)) return fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
  return fc.stringMatching(/^[\w .:/=+@-]{1,20}$/);
};

/** Any values of the parameters of the templates. */
export const anySettings: fc.Arbitrary<Settings> = fc
  .tuple(
    anyRegions,
    fc.record(
      Object.fromEntries(
        settingParameters
          .filter(({ group }) => group !== 'Regions')
          .map((parameter) => [parameter.setting, anyValue(parameter)] as const),
      ),
      { requiredKeys: [] },
    ),
  )
  .map(([regions, others]) => ({ ...regions, ...others }) as Settings);
