# Run from infra/terraform, after npm run build:lambda and npm run build:terraform.

mock_provider "aws" {
  alias = "primary"

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/made-by-aws" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:111122223333:function:made-by-aws" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:111122223333:made-by-aws" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:111122223333:made-by-aws" }
  }

  mock_resource "aws_cloudwatch_event_bus" {
    defaults = { arn = "arn:aws:events:us-east-1:111122223333:event-bus/made-by-aws" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:111122223333:rule/made-by-aws" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:made-by-aws" }
  }

  mock_resource "aws_cloudwatch_log_delivery_destination" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:delivery-destination:made-by-aws" }
  }

  mock_resource "aws_dsql_cluster" {
    defaults = {
      arn        = "arn:aws:dsql:us-east-1:111122223333:cluster/aaaaaaaaaaaaaaaaaaaaaaaaaa"
      identifier = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
  }
}

mock_provider "aws" {
  alias = "secondary"

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/made-by-aws" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-west-2:111122223333:function:made-by-aws" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-west-2:111122223333:made-by-aws" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-west-2:111122223333:made-by-aws" }
  }

  mock_resource "aws_cloudwatch_event_bus" {
    defaults = { arn = "arn:aws:events:us-west-2:111122223333:event-bus/made-by-aws" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-west-2:111122223333:rule/made-by-aws" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-west-2:111122223333:log-group:made-by-aws" }
  }

  mock_resource "aws_cloudwatch_log_delivery_destination" {
    defaults = { arn = "arn:aws:logs:us-west-2:111122223333:delivery-destination:made-by-aws" }
  }

  mock_resource "aws_dsql_cluster" {
    defaults = {
      arn        = "arn:aws:dsql:us-west-2:111122223333:cluster/bbbbbbbbbbbbbbbbbbbbbbbbbb"
      identifier = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
    }
  }
}

variables {
  description = "../../dist/ledger/terraform"
  archives    = "../../dist/ledger/lambda"
}

run "deploys_both_regions" {
  command = apply

  providers = {
    aws.primary   = aws.primary
    aws.secondary = aws.secondary
  }

  assert {
    condition     = output.api_function_names["us-east-1"] == "antipode-ledger-api"
    error_message = "The API of the primary Region has another name."
  }

  assert {
    condition = contains(
      tolist(aws_dsql_cluster_peering.primary.clusters),
      aws_dsql_cluster.secondary.arn,
    )
    error_message = "The first cluster does not name the second one."
  }

  assert {
    condition     = output.cluster_endpoints["us-west-2"] == "bbbbbbbbbbbbbbbbbbbbbbbbbb.dsql.us-west-2.on.aws"
    error_message = "The endpoint is not that of the secondary cluster."
  }

  assert {
    condition     = aws_dsql_cluster.primary.deletion_protection_enabled
    error_message = "The clusters are not protected by default."
  }
}

run "keeps_the_regions" {
  command = plan

  variables {
    secondary_region = "us-east-2"
    witness_region   = "us-west-2"
  }

  providers = {
    aws.primary   = aws.primary
    aws.secondary = aws.secondary
  }

  expect_failures = [aws_dsql_cluster.primary]
}

run "refuses_one_region_twice" {
  command = plan

  variables {
    secondary_region = "us-east-1"
  }

  providers = {
    aws.primary   = aws.primary
    aws.secondary = aws.secondary
  }

  expect_failures = [var.secondary_region]
}

run "refuses_regions_of_two_sets" {
  command = plan

  variables {
    witness_region = "eu-west-1"
  }

  providers = {
    aws.primary   = aws.primary
    aws.secondary = aws.secondary
  }

  expect_failures = [var.witness_region]
}

run "refuses_a_timeout_without_numbers" {
  command = plan

  variables {
    lambda_timeout = 16
  }

  providers = {
    aws.primary   = aws.primary
    aws.secondary = aws.secondary
  }

  expect_failures = [var.lambda_timeout]
}
