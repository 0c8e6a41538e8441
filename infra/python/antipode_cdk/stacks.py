"""The stacks of a service: templates of the build, with typed access to their resources."""

import json
import re
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from aws_cdk import CfnResource, Environment, Stack
from aws_cdk.aws_cloudwatch import CfnAlarm
from aws_cdk.aws_dsql import CfnCluster
from aws_cdk.aws_events import CfnEventBus, EventBus, IEventBus
from aws_cdk.aws_lambda import CfnFunction, CfnUrl, Function, IFunction
from aws_cdk.aws_s3_assets import Asset
from aws_cdk.aws_sqs import CfnQueue
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

from antipode_cdk.deployment import Deployment
from antipode_cdk.template import Decisions, Json

Resource = TypeVar('Resource', bound=CfnResource)

_ARCHIVE = re.compile(r'(?P<name>[\w-]+)-[0-9a-f]{16}\.zip')


class BuiltStack(Stack):
    """A stack of a template that the build has written."""

    def __init__(
        self,
        scope: Construct,
        deployment: Deployment,
        part: str,
        *,
        clusters: Mapping[str, str] | None = None,
    ) -> None:
        """Make the stack of a part, such as `data-primary`.

        `clusters` has values of clusters of the other Region, by the parameters that take them.
        """
        values = deployment.values
        half, other = ('Secondary', 'Primary') if 'secondary' in part else ('Primary', 'Secondary')
        prefix = 'ClusterNamePrefix' if part.startswith('data-') else 'LambdaFunctionPrefix'
        self._name_prefix = f'{values[prefix]}-{deployment.service}-'
        region = values[f'{half}Region']
        super().__init__(
            scope,
            f'{self._name_prefix}{part}',
            env=Environment(region=region),
            tags={name: values[name] for name in ('Application', 'Environment', 'Owner')},
        )
        known = {**values, 'AWS::Region': region, 'CodeKeyPrefix': ''}
        template = Decisions(deployment.templates[part], known).decided()
        self._resources: Mapping[str, Json] = template['Resources']
        self._included = self._include(template, clusters or {})
        self._functions = self._use_archives(deployment.folder / 'lambda')
        first_values = {
            'FirstWitnessRegion': values['WitnessRegion'],
            'FirstPeerRegion': values[f'{other}Region'],
        }
        for name, today in first_values.items():
            # The first deployment takes this default, and CloudFormation keeps its value.
            if name in template['Parameters']:
                self._included.get_parameter(name).default = today

    @property
    def functions(self) -> Mapping[str, IFunction]:
        """The functions by their names in the declaration, such as `api` and `relay`."""
        return self._functions

    @property
    def alarms(self) -> Mapping[str, CfnAlarm]:
        """The alarms by their names without prefix and service, such as `api-errors`."""
        return self._named(CfnAlarm, 'AlarmName')

    @property
    def queues(self) -> Mapping[str, CfnQueue]:
        """The queues by their names without prefix and service, such as `relay-failures`."""
        return self._named(CfnQueue, 'QueueName')

    def _include(self, template: Mapping[str, Json], clusters: Mapping[str, str]) -> CfnInclude:
        # The place of the code is set with each archive.
        parameters = {'CodeBucket': '', **clusters}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / 'template.json'
            file.write_text(json.dumps(template), 'utf-8')
            return CfnInclude(
                self,
                'Template',
                template_file=str(file),
                parameters={
                    name: value
                    for name, value in parameters.items()
                    if name in template['Parameters']
                },
            )

    def _use_archives(self, folder: Path) -> dict[str, IFunction]:
        """Have the CDK publish the archive of each function."""
        functions = {}
        for logical_id, function in self._of_type(CfnFunction).items():
            key = self._resources[logical_id]['Properties']['Code']['S3Key']
            archive = _ARCHIVE.fullmatch(key)
            if archive is None:
                raise ValueError(f'{logical_id} has its code in {key}, which names no archive')
            asset = Asset(self, f'Code-{archive["name"]}', path=str(folder / key))
            function.code = CfnFunction.CodeProperty(
                s3_bucket=asset.s3_bucket_name, s3_key=asset.s3_object_key
            )
            functions[archive['name']] = Function.from_function_attributes(
                self,
                f'Function-{archive["name"]}',
                function_arn=function.attr_arn,
                same_environment=True,
            )
        return functions

    def _of_type(self, kind: type[Resource]) -> dict[str, Resource]:
        """Find the resources of a type by their logical ids."""
        found = {}
        for logical_id, resource in self._resources.items():
            if resource['Type'] == kind.CFN_RESOURCE_TYPE_NAME:  # type: ignore[attr-defined]
                one = self._included.get_resource(logical_id)
                if not isinstance(one, kind):
                    raise TypeError(f'{logical_id} is a {type(one).__name__}')
                found[logical_id] = one
        return found

    def _named(self, kind: type[Resource], name: str) -> dict[str, Resource]:
        return {
            self._resources[logical_id]['Properties'][name].removeprefix(self._name_prefix): one
            for logical_id, one in self._of_type(kind).items()
        }


class DataStack(BuiltStack):
    """One Region's half of the database."""

    @property
    def cluster(self) -> CfnCluster:
        """The cluster, with its endpoint, identifier and ARN as attributes."""
        (cluster,) = self._of_type(CfnCluster).values()
        return cluster


class PeeringStack(BuiltStack):
    """The peering of both halves, from the Region of the first."""


class ServiceStack(BuiltStack):
    """One Region's half of the service."""

    @cached_property
    def event_bus(self) -> IEventBus:
        """The bus that gets the events of the service."""
        (bus,) = self._of_type(CfnEventBus).values()
        return EventBus.from_event_bus_attributes(
            self,
            'EventBus',
            event_bus_arn=bus.attr_arn,
            event_bus_name=bus.ref,
            event_bus_policy='',
        )

    @property
    def api_url(self) -> str:
        """The URL of the API, which takes signed requests only."""
        (url,) = self._of_type(CfnUrl).values()
        return url.attr_function_url
