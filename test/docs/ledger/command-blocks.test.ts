import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages } from '../../../docs/site/page-list.ts';
import { commandsOf, hasCommands, readCommand } from '../../support/documented-commands.ts';

const root = join(import.meta.dirname, '../../..');

const judged = pages.filter((page) => page === 'README.md' || page.startsWith('docs/'));
const withBlocks = judged.filter(hasCommands);

/**
 * The test that runs each command of a page, but for those that need AWS. It reads them from the
 * page, so it runs a new block too.
 */
const run: Readonly<Record<string, string>> = {
  'docs/deploy/guide.md': 'test/e2e/deploy/ledger/guide.e2e.proof.test.ts',
  'docs/disaster.md': 'test/e2e/deploy/ledger/disasters.e2e.proof.test.ts',
  'docs/getting-started.md': 'test/docs/getting-started.e2e.proof.test.ts',
  'docs/local-deployments.md': 'test/e2e/deploy/ledger/documented-commands.e2e.proof.test.ts',
  'docs/migrations.md': 'test/docs/migrations.int.test.ts',
};

/**
 * Commands that nobody runs or reads, by their pages. A test may run the like of them, but not from
 * the page.
 */
const neither: Readonly<Record<string, readonly string[]>> = {
  'docs/connect.md': [
    'set -eu',
    "psql --no-psqlrc --quiet --tuples-only --no-align <<'SQL'",
    'CREATE TABLE IF NOT EXISTS psql_notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text);',
    "WITH added AS (INSERT INTO psql_notes (note) VALUES ('from psql') RETURNING note)",
    'SELECT note FROM added;',
    'SQL',
  ],
  'docs/deploy/cloudformation.md': [
    'dist/cloudformation/ledger/deploy.sh --dry-run',
    'dist/cloudformation/ledger/deploy.sh',
    'dist/cloudformation/ledger/verify.sh',
    'dist/cloudformation/ledger/destroy.sh',
    'dist/cloudformation/ledger/deploy.sh --yes --parameter Environment=production',
    'dist/cloudformation/ledger/destroy.sh --delete-data',
  ],
  'docs/deploy/python.md': [
    'cd infra/python',
    'python3 -m venv .venv',
    'source .venv/bin/activate',
    'pip install -r requirements.txt',
    'export CDK_ALARM_EMAIL=on-call@example.com',
    '(cd ../.. && PROTECT_DATA=off npm run build:cloudformation)',
  ],
  'docs/deploy/terraform.md': [
    'cd infra/terraform/examples/ledger',
    'cp terraform.tfvars.example terraform.tfvars',
    'terraform init',
    'terraform apply',
    'terraform output test_commands',
    'terraform apply -var deletion_protection=false',
    'terraform destroy -var deletion_protection=false',
    'terraform apply -replace=module.ledger.module.primary.aws_lambda_invocation.migration',
    'terraform import module.ledger.aws_dsql_cluster.primary IDENTIFIER',
    'terraform import module.ledger.aws_dsql_cluster.secondary IDENTIFIER',
    'terraform import module.ledger.aws_dsql_cluster_peering.primary IDENTIFIER',
    'terraform import module.ledger.aws_dsql_cluster_peering.secondary IDENTIFIER',
    'node bench/terraform-provider.ts ../terraform-provider',
    'export TF_CLI_CONFIG_FILE=$PWD/../terraform-provider/cli.tfrc',
    'cd infra/terraform',
    'terraform init',
    'terraform test',
    'cd examples/ledger',
    'terraform init',
    'terraform validate',
    'export AWS_ENDPOINT_URL=http://localhost:4100 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
    'terraform plan',
  ],
  'docs/existing-project.md': [
    '(cd CHECKOUT && npm ci && npm run pack)',
    'mkdir box && cd box',
    'npm init --yes && npm pkg set type=module',
    'npm install CHECKOUT/dist/packed/*.tgz kysely pg valibot',
    'npm install @middy/core @middy/http-json-body-parser @aws-lambda-powertools/{idempotency,logger,metrics,tracer}',
    'npx antipode-local-dsql',
    '. ENVIRONMENTFILE',
    'export NODE_EXTRA_CA_CERTS="$DSQL_CA" DSQL_USER=admin EVENT_BUS_NAME=none',
    'export OUTBOX_GRACE_MS=16000 OUTBOX_TAKEOVER_AGE_MS=120000 OUTBOX_REPLAY_WINDOW_MS=86400000',
    'node invoke.mjs',
  ],
  'docs/failed-deployments.md': ['aws dsql list-clusters --region us-east-1'],
  'docs/local-stack.md': [
    'aws lambda invoke --endpoint-url http://127.0.0.1:4100 --function-name antipode-ledger-api --payload \'{"operation":"write","transaction_id":"test-001","amount":100.50}\' out.json',
    'aws lambda invoke --endpoint-url http://127.0.0.1:4200 --function-name antipode-ledger-api --payload \'{"operation":"read","transaction_id":"test-001"}\' out.json',
  ],
  'docs/packages.md': [
    'npm install kysely pg valibot @middy/core @middy/http-json-body-parser @aws-lambda-powertools/{idempotency,logger,metrics,tracer}',
    'npm install --save-dev aws-cdk-lib constructs esbuild @aws-sdk/client-dsql vitest typescript',
    'npm install --save-dev @aws-sdk/client-{cloudformation,eventbridge,sqs}',
    'npm install --save-dev --ignore-scripts aws-lambda-ric',
  ],
};

const others = withBlocks.filter((page) => !(page in run));

describe('each command of the documents', () => {
  it.each(Object.entries(run))('is run from the page %s by %s', (page, test) => {
    expect(withBlocks).toContain(page);
    expect(existsSync(join(root, test)), test).toBe(true);
    expect(readFileSync(join(root, test), 'utf8')).toContain(page.split('/').at(-1));
  });

  it.each(others)('is read by a parser, needs AWS or is known not to be tried: %s', (page) => {
    const unread = commandsOf(page).filter((line) => !readCommand(line));
    expect(unread).toEqual(neither[page] ?? []);
  });

  it('has no page in the lists without such a command', () => {
    expect(Object.keys(neither).filter((page) => !others.includes(page))).toEqual([]);
  });
});
