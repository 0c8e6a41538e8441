"""The folder that the build writes, and the values of the parameters of its templates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, DefaultStackSynthesizer

from antipode_cdk.settings import InvalidSettings, Settings, variable
from antipode_cdk.template import Json, read_template

PARTS = ('data-primary', 'data-secondary', 'data-peering', 'primary', 'secondary')


def create_app(outdir: str | None = None) -> App:
    """Make an app whose templates hold what they deploy and nothing else."""
    return App(
        outdir=outdir,
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
        default_stack_synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )


@dataclass(frozen=True)
class Deployment:
    """A built service with the values of a deployment."""

    folder: Path
    service: str
    templates: Mapping[str, Mapping[str, Json]]
    # Of the parameters that settings stand for, by name.
    values: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path, settings: Settings) -> 'Deployment':
        """Read a folder of `npm run build:cloudformation`.

        Raises `InvalidSettings` with one line for each setting that the templates do not take.
        """
        if not (folder / 'service.txt').is_file():
            raise InvalidSettings(
                [f'{folder} has no service.txt: run npm run build:cloudformation first']
            )
        lines = [line.split() for line in (folder / 'service.txt').read_text('utf-8').splitlines()]
        templates = {part: read_template(folder, part) for part in PARTS}
        declared: dict[str, Json] = {}
        for template in templates.values():
            declared |= template.get('Parameters', {})
        given = settings.given()
        problems = [
            problem
            for parameter, (name, value) in given.items()
            for problem in _problems(variable(name), value, declared.get(parameter))
        ]
        defaults = {
            name: str(declaration['Default'])
            for name, declaration in declared.items()
            if name in Settings.parameters()
        }
        values = defaults | {parameter: value for parameter, (_, value) in given.items()}
        problems = problems or _region_problems(
            [values[name] for name in ('PrimaryRegion', 'SecondaryRegion', 'WitnessRegion')],
            [set(words[1:]) for words in lines if words[:1] == ['RegionSet']],
        )
        if problems:
            raise InvalidSettings(problems)
        return cls(
            folder=folder,
            service=next(words[1] for words in lines if words[:1] == ['Service']),
            templates=templates,
            values=values,
        )


def _problems(name: str, value: str, declaration: Json) -> Iterable[str]:
    """Hold a value against the declaration of its parameter, as CloudFormation would."""
    start = f'{name}={value!r}'
    if declaration is None:
        yield f'{start}: the build of these templates decides it; leave it out'
        return
    allowed = declaration.get('AllowedValues')
    if allowed is not None and value not in map(str, allowed):
        yield f'{start}: use one of {", ".join(map(str, allowed))}'
    least, most = declaration.get('MinValue'), declaration.get('MaxValue')
    if least is not None and not least <= int(value) <= most:
        yield f'{start}: use a whole number from {least} to {most}'
    if not re.fullmatch(declaration.get('AllowedPattern', '.*'), value):
        constraint = declaration['ConstraintDescription']
        yield f'{start}: {constraint[:1].lower()}{constraint[1:]}'
    elif len(value) > declaration.get('MaxLength', len(value)):
        yield f'{start}: use {declaration["MaxLength"]} characters at most'


def _region_problems(regions: list[str], sets: list[set[str]]) -> list[str]:
    """Say why DSQL would not peer clusters in these Regions, which it refuses late."""
    start = ' '.join(
        f'CDK_{half}_REGION={region}'
        for half, region in zip(('PRIMARY', 'SECONDARY', 'WITNESS'), regions, strict=True)
    )
    if len(set(regions)) < len(regions):
        return [f'{start}: use three different Regions']
    if any(set(regions) <= one for one in sets):
        return []
    choices = ' | '.join(', '.join(sorted(one)) for one in sets)
    return [
        f'{start}: take all three Regions from one of {choices},'
        ' or build with a newer set in EXTRA_REGION_SET'
    ]
