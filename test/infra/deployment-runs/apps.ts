import { type App, synthesizeData } from './app.ts';

/** An app with both settings of the protection. */
export type BothProtections = { readonly on: App; readonly off: App };

const EXTRA_REGION_SET = 'us-east-1,us-east-2,us-west-1,us-west-2';

/** Settings that a deployment of the service refuses once there is data. */
const refused = {
  witness: { WITNESS_REGION: 'us-west-1', EXTRA_REGION_SET },
  'primary Region': { PRIMARY_REGION: 'us-west-1', EXTRA_REGION_SET },
  'secondary Region': { SECONDARY_REGION: 'us-west-1', EXTRA_REGION_SET },
  'Regions of both halves': { PRIMARY_REGION: 'us-west-2', SECONDARY_REGION: 'us-east-1' },
  'three Regions': {
    PRIMARY_REGION: 'eu-west-1',
    SECONDARY_REGION: 'eu-central-1',
    WITNESS_REGION: 'eu-west-2',
  },
} as const;

export type RefusedChange = keyof typeof refused;

export const refusedChanges = Object.keys(refused) as readonly RefusedChange[];

/** The apps of one service, by the settings that these lives change. */
export type Apps = {
  readonly data: BothProtections;
  readonly changed: Readonly<Record<RefusedChange, BothProtections>>;
};

const synthesizeBoth = (settings: Readonly<Record<string, string>>): BothProtections => ({
  on: synthesizeData(true, settings),
  off: synthesizeData(false, settings),
});

export const synthesizeApps = (): Apps => ({
  data: synthesizeBoth({}),
  changed: Object.fromEntries(
    refusedChanges.map((name) => [name, synthesizeBoth(refused[name])]),
  ) as Apps['changed'],
});

/** The apps with a change of each. */
export const changeApps = ({ data, changed }: Apps, change: (app: App) => App): Apps => {
  const both = ({ on, off }: BothProtections) => ({ on: change(on), off: change(off) });
  return {
    data: both(data),
    changed: Object.fromEntries(
      refusedChanges.map((name) => [name, both(changed[name])]),
    ) as Apps['changed'],
  };
};
