"""A service of Antipode in two Regions, as stacks of a CDK app in Python."""

from antipode_cdk.deployment import create_app
from antipode_cdk.settings import InvalidSettings, Settings
from antipode_cdk.stacks import DataStack, PeeringStack, ServiceStack
from antipode_cdk.two_regions import TwoRegions

__all__ = [
    'DataStack',
    'InvalidSettings',
    'PeeringStack',
    'ServiceStack',
    'Settings',
    'TwoRegions',
    'create_app',
]
