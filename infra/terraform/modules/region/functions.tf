locals {
  # The function that migrates is deployed first, beside its invocation.
  functions = {
    for key, function in local.of_region.functions : key => function
    if key != local.migration.function
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.of_region.log_groups

  name              = each.value.name
  retention_in_days = each.value.retention_in_days
  tags              = each.value.tags
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name                  = each.value.name
  description                    = each.value.description
  filename                       = "${var.archives}/${each.key}.zip"
  source_code_hash               = filebase64sha256("${var.archives}/${each.key}.zip")
  handler                        = each.value.handler
  runtime                        = each.value.runtime
  architectures                  = each.value.architectures
  memory_size                    = each.value.memory_size
  timeout                        = each.value.timeout
  reserved_concurrent_executions = each.value.reserved_concurrent_executions
  role                           = aws_iam_role.this[each.value.role].arn
  tags                           = each.value.tags

  environment {
    variables = merge(
      {
        for name, value in each.value.variables :
        name => replace(value, "{cluster_endpoint}", local.cluster_endpoint)
      },
      { for name, queue in each.value.queue_urls : name => aws_sqs_queue.this[queue].url },
    )
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this[each.value.log_group].name
  }

  dynamic "tracing_config" {
    for_each = each.value.tracing_config == null ? [] : [each.value.tracing_config]
    content {
      mode = tracing_config.value.Mode
    }
  }

  # New code finds its rights and the schema that it needs.
  depends_on = [aws_iam_role_policy.this, aws_lambda_invocation.migration]
}

resource "aws_lambda_function_url" "this" {
  for_each = local.of_region.function_urls

  function_name      = aws_lambda_function.this[each.value.function].function_name
  authorization_type = each.value.authorization_type
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = local.of_region.event_invoke_configs

  function_name                = aws_lambda_function.this[each.value.function].function_name
  qualifier                    = each.value.qualifier
  maximum_event_age_in_seconds = each.value.maximum_event_age_in_seconds
  maximum_retry_attempts       = each.value.maximum_retry_attempts

  destination_config {
    on_failure {
      destination = aws_sqs_queue.this[each.value.on_failure_queue].arn
    }
  }
}

resource "aws_lambda_permission" "this" {
  for_each = local.of_region.permissions

  action        = each.value.action
  function_name = aws_lambda_function.this[each.value.function].function_name
  principal     = each.value.principal
  source_arn    = aws_cloudwatch_event_rule.this[each.value.rule].arn
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each = local.of_region.event_source_mappings

  function_name                      = aws_lambda_function.this[each.value.function].arn
  event_source_arn                   = aws_sqs_queue.this[each.value.queue].arn
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.maximum_batching_window_in_seconds
  function_response_types            = each.value.function_response_types
  tags                               = each.value.tags

  dynamic "scaling_config" {
    for_each = each.value.maximum_concurrency == null ? [] : [each.value.maximum_concurrency]
    content {
      maximum_concurrency = scaling_config.value
    }
  }
}
