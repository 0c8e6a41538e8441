/**
 * A text with its letters A to Z in lower case, and every other one as it is. `toLowerCase` makes
 * `k` of the Kelvin sign too, so that names which differ become the same.
 */
export const asciiLowerCase = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * A text with its letters a to z in upper case, and every other one as it is: `toUpperCase` makes
 * `S` of `ſ` too.
 */
export const asciiUpperCase = (text: string): string =>
  text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
