import { nearestName } from 'antipode/internal/domain';

/** Properties of one type often share a word: a name that differs more is another one. */
const editsShareMax = 0.4;

/**
 * The known name of a property, an attribute or a section that was probably meant, if one is near.
 */
export const nearestProperty = (name: string, known: readonly string[]): string | undefined =>
  nearestName(name, known, editsShareMax);
