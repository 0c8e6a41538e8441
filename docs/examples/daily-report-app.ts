import { fileURLToPath } from 'node:url';
import {
  type Bundle,
  bundle,
  DeadLetterQueue,
  patient,
  type ServiceStack,
  synthesizeTwoRegions,
} from 'antipode/infra';
import { TimeZone } from 'aws-cdk-lib';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { sales } from './daily-report.ts';

const entries = new URL('../src/handlers/', import.meta.url);

/** The schedule of one Region: at six in the morning, by UTC. */
const addReport = (stack: ServiceStack<typeof sales>, code: Bundle): void => {
  const report = stack.service.addFunction('daily-report', {
    description: 'Makes the report of a day',
    bundle: code,
    asynchronous: patient,
    publishes: true,
  });
  const undelivered = new DeadLetterQueue(stack, 'ReportUndelivered', {
    meaning: 'The Scheduler could not start the report',
  });
  new Schedule(stack, 'DailyReport', {
    schedule: ScheduleExpression.cron({ hour: '6', minute: '0', timeZone: TimeZone.ETC_UTC }),
    target: new LambdaInvoke(report.function, {
      input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
      deadLetterQueue: undelivered.queue,
    }),
  });
};

await synthesizeTwoRegions(sales, {
  entries,
  extend: async ({ primary, secondary }, { bundles }) => {
    const entry = fileURLToPath(new URL('daily-report.lambda.ts', entries));
    const code = await bundle({ entry, outdir: bundles, name: 'daily-report' });
    for (const stack of [primary, secondary]) addReport(stack, code);
  },
});
