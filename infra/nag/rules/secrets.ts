import type { SecurityRule } from './rule.ts';
import { at, ofType } from './template.ts';

/** Random text of base64 has 5.5 to 6 bits for each character, names and addresses below 4.5. */
const entropyMin = 4.3;

/** Hexadecimal text has 4 bits at most, so it is known by its form: 32 digits and more. */
const hexadecimal = /^[0-9a-f]{32,}$/i;

/** Shorter texts have too few characters to be told from words. */
const lengthMin = 20;

/** The id of an access key of AWS. */
const accessKey = /^(?:AKIA|ASIA)[0-9A-Z]{16}$/;

/** Keys of AWS, private keys, tokens of JSON, and addresses with a password. */
const isKnown = (text: string): boolean =>
  text.split(/\W/).some((word) => accessKey.test(word)) ||
  text.includes('-----BEGIN') ||
  (text.startsWith('eyJ') && text.includes('.eyJ')) ||
  (URL.parse(text)?.password ?? '') !== '';

/** Names of variables that hold a secret. */
const secretName = /(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i;

/** Bits of each character of a text, by Shannon's formula. */
export const entropyOf = (text: string): number => {
  const characters = [...text];
  const counts = Map.groupBy(characters, (character) => character);
  return [...counts.values()]
    .map(({ length }) => length / characters.length)
    .reduce((bits, share) => bits - share * Math.log2(share), 0);
};

const seemsRandom = (text: string): boolean =>
  hexadecimal.test(text) ||
  text
    .split(/[^\w+/=-]/)
    .some((word) => word.length >= lengthMin && /\d/.test(word) && entropyOf(word) >= entropyMin);

const isSecret = (name: string, value: unknown): boolean =>
  typeof value === 'string' &&
  value !== '' &&
  (secretName.test(name) || isKnown(value) || seemsRandom(value));

/** Variables of a function can be read by everyone who may look at its configuration. */
export const secretInVariable: SecurityRule = {
  id: 'SecretInVariable',
  info: 'A variable of a function holds a secret, or a text that looks like one.',
  remedy: 'Read the secret at run time, from Secrets Manager or Parameter Store.',
  check: (template) =>
    ofType(template, 'AWS::Lambda::Function').flatMap(({ id, properties }) =>
      Object.entries(Object(at(properties, 'Environment', 'Variables')) as object)
        .filter(([name, value]) => isSecret(name, value))
        .map(([name]) => ({ resource: id, detail: name })),
    ),
};
