/** What survives a trip through JSON unchanged: the shape of everything that is stored or sent. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Digits up to which a JSON number is exactly the decimal that was written; beyond, doubles run out. */
export const exactDigitsMax = 15;

/** Whether a number, as JSON writes it, has no more digits than survive being parsed. */
export const isExactNumber = (text: string): boolean => {
  const digits = text.replace(/[eE].*$/, '').replaceAll(/\D/g, '');
  return digits.replace(/^0+/, '').length <= exactDigitsMax;
};
