import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import { requireWithin } from '../constructs/props.ts';

/** Shares of the budget at which the address hears of it: spent, and foreseen. Percent. */
const spentPercent = 80;
const foreseenPercent = 100;

/** The budget of a month, and who hears that it is used up. */
export type CostBudgetProps = {
  /** US dollars of a month, 1 to 1,000,000. */
  readonly dollars: number;
  /** Hears of it. */
  readonly email: string;
  /** The value of the tag `Application`, whose costs are counted. */
  readonly application: string;
};

/**
 * A budget for what carries the tag `Application`, in all Regions. It tells an address when 80 % of
 * it is spent, and when the forecast is above the whole of it.
 *
 * Costs have the tag after it was activated as a cost allocation tag in the billing console. Until
 * then the budget sees nothing.
 *
 * @throws {InvalidProp} for an amount that is no whole number of dollars
 */
export class CostBudget extends Construct {
  constructor(scope: Construct, id: string, props: CostBudgetProps) {
    super(scope, id);
    const { dollars, email, application } = props;
    requireWithin(this, 'dollars', dollars, [1, 1_000_000]);
    const tell = (notificationType: string, threshold: number) => ({
      notification: {
        ...{ notificationType, threshold, thresholdType: 'PERCENTAGE' },
        comparisonOperator: 'GREATER_THAN',
      },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        ...{ budgetType: 'COST', timeUnit: 'MONTHLY' },
        budgetLimit: { amount: dollars, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:Application$${application}`] },
      },
      notificationsWithSubscribers: [
        tell('ACTUAL', spentPercent),
        tell('FORECASTED', foreseenPercent),
      ],
    });
  }
}
