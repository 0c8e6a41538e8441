"""A template of the build, and what is left of it when its parameters have values."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# JSON, which has no narrower type that code can walk without casts.
Json = Any

# A text of `Fn::Sub` up to the next name that a value follows; `${!Name}` is a text.
_PARTS = re.compile(r'((?:(?!\$\{[^!]).)+)|\$\{([\w:.]+)\}', re.DOTALL)

# A decision for no value at all; its property or item goes.
_NOTHING: Json = object()


def read_template(folder: Path, part: str) -> dict[str, Json]:
    """Read the template of a stack, such as `data-primary`."""
    template: dict[str, Json] = json.loads((folder / f'{part}.template.json').read_text('utf-8'))
    return template


class Decisions:
    """A template whose parameters have values, and what these decide in it.

    CloudFormation would decide the same. Decided here, a template has the resources that it deploys
    and no other, so that a stack cannot refer to one that is left out.
    """

    def __init__(self, template: Mapping[str, Json], values: Mapping[str, str]) -> None:
        self._template = template
        self._values = values

    def decided(self) -> dict[str, Json]:
        """Give the template with all that is decided; parameters without a value stay."""
        left = {
            'Parameters': {
                name: declaration
                for name, declaration in self._template.get('Parameters', {}).items()
                if name not in self._values
            },
            'Rules': self._value(self._template.get('Rules', {})),
            'Resources': self._there('Resources'),
            'Outputs': self._there('Outputs'),
        }
        for resource in left['Resources'].values():
            if 'DependsOn' in resource:
                resource['DependsOn'] = [
                    one for one in resource['DependsOn'] if one in left['Resources']
                ]
        conditions = self._template.get('Conditions', {})
        left['Conditions'] = {
            name: expression
            for name, expression in conditions.items()
            if self._holds(expression) is None
        }
        return left

    def _there(self, section: str) -> dict[str, Json]:
        """Give the entries of a section whose condition does not fail."""
        kept = {}
        for name, entry in self._template.get(section, {}).items():
            holds = self._holds({'Condition': entry['Condition']}) if 'Condition' in entry else None
            if holds is not False:
                decided = ('Condition',) if holds else ()
                kept[name] = self._value({k: v for k, v in entry.items() if k not in decided})
        return kept

    def _value(self, node: Json) -> Json:
        if isinstance(node, list):
            items = (self._value(item) for item in node)
            return [item for item in items if item is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if set(node) == {'Ref'}:
            return self._values.get(node['Ref'], node)
        if set(node) == {'Fn::Sub'}:
            return self._text(node['Fn::Sub'])
        if set(node) == {'Fn::If'}:
            condition, when_true, when_false = node['Fn::If']
            holds = self._holds({'Condition': condition})
            if holds is not None:
                chosen = when_true if holds else when_false
                return _NOTHING if chosen == {'Ref': 'AWS::NoValue'} else self._value(chosen)
        if set(node) == {'Fn::FindInMap'}:
            mapping, first, second = node['Fn::FindInMap']
            return self._template['Mappings'][mapping][self._operand(first)][second]
        entries = {name: self._value(value) for name, value in node.items()}
        return {name: value for name, value in entries.items() if value is not _NOTHING}

    def _text(self, argument: Json) -> Json:
        """Give the text of `Fn::Sub`; joined as the CDK does, where values are not known yet."""
        text, variables = argument if isinstance(argument, list) else (argument, {})
        parts: list[Json] = ['']
        for literal, name in _PARTS.findall(text):
            part = literal.replace('${!', '${') if literal else self._named(name, variables)
            if isinstance(part, str) and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
        parts = [part for part in parts if part != '']
        if all(isinstance(part, str) for part in parts):
            return ''.join(parts)
        return {'Fn::Join': ['', parts]}

    def _named(self, name: str, variables: Mapping[str, Json]) -> Json:
        if name in variables:
            return self._value(variables[name])
        return self._values.get(name, _reference(name))

    def _holds(self, expression: Json) -> bool | None:
        """Say whether a condition holds; `None` where only CloudFormation knows."""
        ((function, argument),) = expression.items()
        if function == 'Condition':
            return self._holds(self._template['Conditions'][argument])
        if function == 'Fn::Not':
            holds = self._holds(argument[0])
            return None if holds is None else not holds
        if function == 'Fn::And':
            all_hold = [self._holds(one) for one in argument]
            return None if None in all_hold else all(all_hold)
        if function == 'Fn::Equals':
            one, other = (self._operand(side) for side in argument)
            return None if one is None or other is None else one == other
        raise ValueError(f'{function} in a condition: teach infra/python/antipode_cdk/template.py')

    def _operand(self, side: Json) -> str | None:
        return self._values.get(side['Ref']) if isinstance(side, dict) else str(side)


def _reference(name: str) -> Json:
    """Give the value that `Fn::Sub` puts in the place of a name."""
    resource, _, attribute = name.partition('.')
    return {'Fn::GetAtt': [resource, attribute]} if attribute else {'Ref': name}
