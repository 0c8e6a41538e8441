"""The settings of a deployment, and the environment variables that they are read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Value = str | int | bool

# A template cannot follow these: the build of the templates does. Its variables have no prefix.
BUILD_OPTIONS = (
    'AVAILABILITY_PERCENT',
    'BACKUP_DAYS',
    'BACKUP_LOCK',
    'BUDGET_USD',
    'CUSTOMER_KEY',
    'EVENT_SENDERS',
    'EXTRA_REGION_SET',
    'FAULT_EXPERIMENT',
    'IMPORT_CLUSTERS',
    'PRIVATE_NETWORK',
    'PROTECT_DATA',
    'RESTORED_CLUSTERS',
    'TRACES_ENDPOINT',
)

# The app in TypeScript alone has these.
TYPESCRIPT_ONLY = ('CANARY_MINUTES',)

_SWITCHES = {'on': True, 'true': True, 'off': False, 'false': False}


class InvalidSettings(ValueError):  # noqa: N818 - as the app in TypeScript calls it
    """Settings that cannot be deployed; `problems` has one line for each, with the fix."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__('\n'.join(problems))
        self.problems = problems


def _parameter(name: str) -> Any:  # noqa: ANN401 - a default value, whatever the type of its field
    """A setting that stands for a parameter of the templates; `None` is the template's default."""
    return field(default=None, metadata={'parameter': name})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings that a deployment may choose; the build gives those that are left out.

    Example: `Settings(primary_region='us-west-2', secondary_region='us-east-1')`
    """

    primary_region: str | None = _parameter('PrimaryRegion')
    secondary_region: str | None = _parameter('SecondaryRegion')
    witness_region: str | None = _parameter('WitnessRegion')
    cluster_name_prefix: str | None = _parameter('ClusterNamePrefix')
    cluster_name_suffix: str | None = _parameter('ClusterNameSuffix')
    lambda_function_prefix: str | None = _parameter('LambdaFunctionPrefix')
    eventbridge_bus_prefix: str | None = _parameter('EventBridgeBusPrefix')
    environment: str | None = _parameter('Environment')
    application: str | None = _parameter('Application')
    owner: str | None = _parameter('Owner')
    lambda_timeout_seconds: int | None = _parameter('LambdaTimeout')
    lambda_memory_mb: int | None = _parameter('LambdaMemorySize')
    cross_region_replication: bool | None = _parameter('EnableCrossRegionReplication')
    event_retention_days: int | None = _parameter('EventRetentionDays')
    reserve_concurrency: bool | None = _parameter('ReserveConcurrency')
    tracing: bool | None = _parameter('Tracing')
    alarms: bool | None = _parameter('Alarms')
    alarm_email: str | None = _parameter('AlarmEmail')
    api_latency_ms_max: int | None = _parameter('ApiLatencyMsMax')
    dashboards: bool | None = _parameter('Dashboards')
    log_retention_days: int | None = _parameter('LogRetentionDays')
    dsql_serial: bool | None = _parameter('DsqlSerial')
    dsql_plain_begin: bool | None = _parameter('DsqlPlainBegin')
    dsql_prepared_statements_max: int | None = _parameter('DsqlPreparedStatementsMax')

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> 'Settings':
        """Read `CDK_PRIMARY_REGION` and the like.

        Raises `InvalidSettings` for variables of another type, and for options of the build.
        """
        problems = [
            f'{variable(name)} is an option of the build: set {name}, and build the templates again'
            for name in BUILD_OPTIONS
            if variable(name) in environment
        ]
        problems += [
            f'{variable(name)} needs the CDK app in TypeScript: set {name} there'
            for name in TYPESCRIPT_ONLY
            if variable(name) in environment
        ]
        given: dict[str, Value] = {}
        for one in fields(cls):
            text = environment.get(variable(one.name))
            if text is None:
                continue
            value = _read(text, str(one.type))
            if value is None:
                kind = 'on or off' if 'bool' in str(one.type) else 'a whole number'
                problems.append(f'{variable(one.name)}={text!r}: use {kind}')
            else:
                given[one.name] = value
        if problems:
            raise InvalidSettings(problems)
        return cls(**given)  # type: ignore[arg-type] # each has been read as its field's type

    def given(self) -> dict[str, tuple[str, str]]:
        """Give the name and the value of each setting that is not left out, by its parameter."""
        values = ((one, getattr(self, one.name)) for one in fields(self))
        return {
            one.metadata['parameter']: (one.name, _text(value))
            for one, value in values
            if value is not None
        }

    @classmethod
    def parameters(cls) -> frozenset[str]:
        """Give the names of the parameters that settings stand for."""
        return frozenset(one.metadata['parameter'] for one in fields(cls))


def variable(name: str) -> str:
    """Give the environment variable of a setting."""
    return f'CDK_{name.upper()}'


def _read(text: str, kind: str) -> Value | None:
    if 'bool' in kind:
        return _SWITCHES.get(text)
    if 'int' in kind:
        return int(text) if text.isascii() and text.isdigit() else None
    return text


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return 'on' if value else 'off'
    return str(value)
