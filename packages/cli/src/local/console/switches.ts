import type { Done } from './page/entry.ts';

/** The switches of the stack that the page turns. */
export interface Switches {
  /** The failures that are injected, as after `--faults`; empty for none. */
  readonly text: () => string;
  /**
   * Injects these failures in place of those before. A seed begins anew.
   *
   * @throws {Error} with one line that names the wrong part
   */
  readonly set: (text: string) => Promise<void>;
  /** @throws {Error} for a Region that does not run here, or whose port is taken. */
  readonly setRunning: (region: string, running: boolean) => Promise<void>;
  /** Cuts or mends the links between all Regions. */
  readonly setCut: (cut: boolean) => void;
}

type Asked = Readonly<Record<string, unknown>>;

const turned = async (turn: () => Promise<void> | void, message: string): Promise<Done> => {
  try {
    await turn();
    return { done: true, message };
  } catch (error) {
    return { done: false, message: (error as Error).message };
  }
};

export const injectFaults = ({ set }: Switches, { text }: Asked): Promise<Done> =>
  turned(
    () => set(String(text)),
    text === '' ? 'No failure is injected.' : `Injected from now on: ${text}`,
  );

export const switchRegion = ({ setRunning }: Switches, { region, running }: Asked): Promise<Done> =>
  turned(
    () => setRunning(String(region), running === true),
    `${region} is ${running === true ? 'running' : 'stopped'}.`,
  );

export const switchLink = ({ setCut }: Switches, { cut }: Asked): Promise<Done> =>
  turned(
    () => setCut(cut === true),
    `The link between the Regions is ${cut === true ? 'cut' : 'mended'}.`,
  );
