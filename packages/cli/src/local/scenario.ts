import { pathToFileURL } from 'node:url';
import type { JsonObject } from './template/json.ts';

/** A request to copy into a shell; the runner prints it with the addresses of this run. */
export type Example = {
  /** One line about the request, which the runner prints as a comment above it. */
  readonly title: string;
  readonly in: 'primary' | 'secondary';
} & (
  | { readonly kind: 'invoke'; readonly functionName: string; readonly payload: string }
  | { readonly kind: 'put-events'; readonly entries: string }
  | {
      readonly kind: 'http';
      readonly functionName: string;
      /** With the query, such as `/shows?show=hamlet`; `/` unless given. */
      readonly path?: string;
      /** JSON, sent by POST. Without one the request is a GET. */
      readonly body?: string;
    }
);

/** A Region as a self-check sees it: from outside, through the AWS SDK. */
export interface CheckRegion {
  readonly name: string;
  /**
   * Invokes a function with a JSON text or value and returns its parsed answer.
   *
   * @throws {Error} when the function fails.
   */
  readonly invoke: (functionName: string, payload: unknown) => Promise<unknown>;
  /**
   * Invokes an API and returns its body, parsed from JSON.
   *
   * @throws {Error} with the status and the body when the function fails, or its status is not one
   * of 200 to 299.
   */
  readonly ask: (functionName: string, payload: unknown) => Promise<JsonObject>;
  /**
   * Waits until a function has handled an event without an error; returns when it had, in
   * milliseconds since the epoch.
   *
   * @throws {Error} when it has not within `secondsMax` (10 unless given).
   */
  readonly handled: (
    functionName: string,
    isExpected: (event: unknown) => boolean,
    secondsMax?: number,
  ) => Promise<number>;
}

/** The parts that a check of a scenario may look at. */
export interface CheckContext {
  readonly primary: CheckRegion;
  readonly secondary: CheckRegion;
  /** Runs one step, and prints its duration and the text that it returns, if it returns one. */
  readonly step: (
    title: string,
    run: (() => Promise<string>) | (() => Promise<void>),
  ) => Promise<void>;
  /**
   * Looks again and again until there is something to see.
   *
   * @throws {Error} when there is nothing within `secondsMax` (10 unless given).
   */
  readonly eventually: <T>(look: () => Promise<T | undefined>, secondsMax?: number) => Promise<T>;
}

/** An app's own examples, and its check that it works. */
export type Scenario = {
  readonly examples: readonly Example[];
  /** Rejects when the app does not work. */
  readonly check: (context: CheckContext) => Promise<void>;
};

/**
 * The facts about an app that a scenario may use: the names of functions, and the outputs of all
 * stacks by name.
 */
export type RunningApp = {
  readonly functions: readonly string[];
  /**
   * The name under which a function of the service runs, such as `antipode-booking-api` for `api`.
   *
   * @throws {Error} when no function is named so, or several are: look in `functions` then.
   */
  readonly functionNamed: (name: string) => string;
  readonly outputs: Readonly<Record<string, string>>;
};

/**
 * The export `scenario` of the module that `cdk.json` names under `antipode:check`.
 *
 * @example
 * export const scenario: DescribeScenario = ({ functionNamed }) => ({
 *   examples: [],
 *   check: ({ primary, step }) =>
 *     step('reserve a seat', async () => {
 *       const order = { operation: 'reserve', show: 'hamlet', seats: 1 };
 *       const { seats } = await primary.ask(functionNamed('api'), order);
 *       return `${seats} is reserved`;
 *     }),
 * });
 */
export type DescribeScenario = (app: RunningApp) => Scenario;

/**
 * Loads a scenario's module.
 *
 * @throws {Error} with one line when it cannot be loaded, or exports no function `scenario`.
 */
export const loadScenario = async (path: string): Promise<DescribeScenario> => {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href).catch(
    (cause: Error) => {
      const [reason] = cause.message.split('\n');
      throw new Error(`cannot load the self-check ${path}: ${reason}`, { cause });
    },
  );
  const { scenario } = module;
  if (typeof scenario === 'function') return scenario as DescribeScenario;
  throw new Error(`the self-check ${path} exports no function \`scenario\``);
};
