/** Whether a text has the form of an AWS Region's name, such as `us-east-1` or `us-gov-west-1`. */
export const isRegionName = (text: string): boolean => /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(text);
