/** What survives a trip through JSON unchanged: the shape of everything that is stored or sent. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };
