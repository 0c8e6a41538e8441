/** The name of an AWS Region, such as `us-east-1`, `us-gov-west-1` or `eusc-de-east-1`. */
export const regionNamePattern: RegExp = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/** Whether a text has the form of a Region's name; AWS may have no such Region. */
export const isRegionName = (text: string): boolean => regionNamePattern.test(text);
