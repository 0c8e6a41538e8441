#!/usr/bin/env python3
"""The ledger in two Regions. Add stacks of your own below those of `TwoRegions`."""

import os
import sys
from pathlib import Path

from antipode_cdk import InvalidSettings, Settings, TwoRegions, create_app

BUILT = Path(__file__).parents[2] / 'dist/cloudformation/ledger'

app = create_app()
try:
    TwoRegions(
        app,
        folder=Path(os.environ.get('CDK_SERVICE_FOLDER', BUILT)),
        settings=Settings.from_environment(os.environ),
    )
except InvalidSettings as error:
    sys.exit(str(error))
app.synth()
