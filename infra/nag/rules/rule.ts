import type { Template } from './template.ts';

/** Something that a rule objects to. */
export type RuleFinding = {
  /** The logical id of the resource. */
  readonly resource: string;
  /** Tells findings about one resource apart, such as an action and its target. */
  readonly detail: string;
};

/** A security rule over one CloudFormation template. */
export type SecurityRule = {
  /** Its name after `Antipode-`. */
  readonly id: string;
  /** The danger, as a sentence. */
  readonly info: string;
  /** The way out, as a sentence. */
  readonly remedy: string;
  /** Everything in the template that the rule objects to. */
  readonly check: (template: Template) => readonly RuleFinding[];
};
