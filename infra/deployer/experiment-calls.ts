import { passedTo, type ResourceCalls } from './resource-call.ts';

/** AWS FIS gives a template its identifier. */
const templates = 'arn:aws:fis:*:*:experiment-template/*';

/** The calls for the template of an experiment. */
export const experimentCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  'AWS::FIS::ExperimentTemplate': [
    {
      on: templates,
      create: 'fis:CreateExperimentTemplate GetExperimentTemplate ListTagsForResource TagResource',
      update:
        'fis:GetExperimentTemplate ListTagsForResource TagResource UntagResource UpdateExperimentTemplate',
      delete: 'fis:DeleteExperimentTemplate GetExperimentTemplate',
    },
    // A template is checked against the actions in it (service authorization reference of FIS).
    {
      on: 'arn:aws:fis:*:*:action/*',
      create: 'fis:CreateExperimentTemplate',
      update: 'fis:UpdateExperimentTemplate',
    },
    {
      on: 'arn:aws:iam::*:role/{RoleArn}',
      create: 'iam:PassRole',
      update: 'iam:PassRole',
      when: passedTo('fis.amazonaws.com'),
    },
  ],
};
