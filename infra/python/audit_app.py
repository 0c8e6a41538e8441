"""The ledger, and a stack of a team's own that keeps its transactions in a queue."""

import os
import sys
from pathlib import Path

from aws_cdk import Duration, Environment, Stack
from aws_cdk.aws_events import EventPattern, Rule
from aws_cdk.aws_events_targets import SqsQueue
from aws_cdk.aws_sqs import Queue
from constructs import Construct

from antipode_cdk import InvalidSettings, ServiceStack, Settings, TwoRegions, create_app

BUILT = Path(__file__).parents[2] / 'dist/cloudformation/ledger'


class Audit(Stack):
    """A queue with each transaction that a Region records."""

    def __init__(self, scope: Construct, id: str, ledger: ServiceStack) -> None:
        super().__init__(scope, id, env=Environment(region=ledger.region))
        queue = Queue(self, 'Transactions', retention_period=Duration.days(14))
        Rule(
            self,
            'Recorded',
            event_bus=ledger.event_bus,
            event_pattern=EventPattern(
                source=['antipode.ledger'], detail_type=['TransactionRecorded']
            ),
            targets=[SqsQueue(queue)],
        )


app = create_app()
try:
    ledger = TwoRegions(
        app,
        folder=Path(os.environ.get('CDK_SERVICE_FOLDER', BUILT)),
        settings=Settings.from_environment(os.environ),
    )
except InvalidSettings as error:
    sys.exit(str(error))
Audit(app, 'audit-primary', ledger.primary)
Audit(app, 'audit-secondary', ledger.secondary)
app.synth()
