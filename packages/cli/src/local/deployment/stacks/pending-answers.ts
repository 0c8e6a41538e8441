import type { Json } from '../../template/json.ts';

/** Texts that stand for answers which are known only once a resource has been made. */
export interface PendingAnswers {
  /** Takes a text for the answer of a resource, and returns it. */
  readonly answer: (text: string) => string;
  /** Whether a value contains such a text. */
  readonly isPending: (value: Json | undefined) => boolean;
}

export const createPendingAnswers = (): PendingAnswers => {
  const answers = new Set<string>();
  const isPending = (value: Json | undefined): boolean => {
    if (typeof value === 'string') return [...answers].some((text) => value.includes(text));
    return typeof value === 'object' && value !== null && Object.values(value).some(isPending);
  };
  return {
    answer: (text) => {
      answers.add(text);
      return text;
    },
    isPending,
  };
};
