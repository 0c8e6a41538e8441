"""The five stacks of a service."""

from pathlib import Path

from aws_cdk import Annotations, ReferenceStrength, Stack
from constructs import Construct

from antipode_cdk.deployment import Deployment
from antipode_cdk.settings import Settings
from antipode_cdk.stacks import DataStack, PeeringStack, ServiceStack


class TwoRegions:
    """A service in two Regions: a stack with a cluster and one with the service in each.

    A fifth stack peers the clusters. `cdk deploy --all` deploys the stacks in the order in which
    they depend on each other.
    """

    def __init__(self, scope: Construct, *, folder: Path, settings: Settings) -> None:
        """Make the stacks from a folder that `npm run build:cloudformation` has written.

        Raises `InvalidSettings` with one line for each setting that is wrong.
        """
        deployment = Deployment.read(folder, settings)
        self.primary_data = DataStack(scope, deployment, 'data-primary')
        primary = self.primary_data.cluster
        self.secondary_data = DataStack(
            scope,
            deployment,
            'data-secondary',
            clusters={'PrimaryClusterArn': _of_other_region(primary.attr_resource_arn)},
        )
        secondary = self.secondary_data.cluster
        self.peering = PeeringStack(
            scope,
            deployment,
            'data-peering',
            clusters={
                'SecondaryClusterArn': _of_other_region(secondary.attr_resource_arn),
                'SecondaryClusterIdentifier': _of_other_region(secondary.attr_identifier),
            },
        )
        self.primary = ServiceStack(scope, deployment, 'primary')
        self.secondary = ServiceStack(scope, deployment, 'secondary')
        # The CDK sees references between Regions, but not the exports that the templates import.
        self.peering.add_stack_dependency(self.primary_data)
        self.peering.add_stack_dependency(self.secondary_data)
        self.primary.add_stack_dependency(self.peering)
        self.secondary.add_stack_dependency(self.primary)
        if not deployment.values.get('AlarmEmail'):
            Annotations.of(self.primary).add_warning_v2(
                'antipode:alarms',
                f'The alarms of {deployment.service} tell nobody: set CDK_ALARM_EMAIL to an'
                ' address, or add actions to the alarms of the stacks',
            )
        if deployment.values.get('ReserveConcurrency') == 'on':
            Annotations.of(self.primary).add_warning_v2(
                'antipode:concurrency',
                'CDK_RESERVE_CONCURRENCY=on fails in an account whose limit of Lambda is below'
                ' 101: see aws lambda get-account-settings in both Regions',
            )


def _of_other_region(value: str) -> str:
    """Have the value read at the deployment, without machinery of its own in the other Region."""
    return Stack.consume_reference(value, ReferenceStrength.WEAK)
