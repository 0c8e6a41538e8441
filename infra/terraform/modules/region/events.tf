resource "aws_cloudwatch_event_bus" "this" {
  for_each = local.of_region.buses

  name = each.value.name
  tags = each.value.tags

  log_config {
    include_detail = each.value.log_config.IncludeDetail
    level          = each.value.log_config.Level
  }
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  for_each = local.of_region.bus_policies

  event_bus_name = aws_cloudwatch_event_bus.this[each.value.bus].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(each.value.statement, {
      Sid = each.value.statement_id
      Condition = merge(each.value.statement.Condition, {
        ArnNotLike = {
          "aws:PrincipalArn" = concat(
            [for role in each.value.sender_roles : aws_iam_role.this[role].arn],
            each.value.senders,
          )
        }
      })
    })]
  })
}

resource "aws_cloudwatch_event_archive" "this" {
  for_each = local.of_region.archives

  name             = each.value.name
  description      = each.value.description
  event_source_arn = aws_cloudwatch_event_bus.this[each.value.bus].arn
  event_pattern    = jsonencode(each.value.event_pattern)
  retention_days   = each.value.retention_days
}

resource "aws_cloudwatch_log_delivery_source" "this" {
  for_each = local.of_region.delivery_sources

  name         = each.value.name
  log_type     = each.value.log_type
  resource_arn = aws_cloudwatch_event_bus.this[each.value.bus].arn
  tags         = each.value.tags
}

resource "aws_cloudwatch_log_delivery_destination" "this" {
  for_each = local.of_region.delivery_destinations

  name = each.value.name
  tags = each.value.tags

  delivery_destination_configuration {
    destination_resource_arn = aws_cloudwatch_log_group.this[each.value.log_group].arn
  }
}

resource "aws_cloudwatch_log_delivery" "this" {
  for_each = local.of_region.deliveries

  delivery_source_name     = each.value.source_name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.this[each.value.destination].arn
  tags                     = each.value.tags

  depends_on = [aws_cloudwatch_log_delivery_source.this]
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.of_region.rules

  name           = each.value.name
  event_bus_name = aws_cloudwatch_event_bus.this[each.value.bus].name
  event_pattern  = jsonencode(each.value.event_pattern)
  state          = each.value.state
  tags           = each.value.tags

  # EventBridge does not retry an event without this permission.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.of_region.rules

  rule           = aws_cloudwatch_event_rule.this[each.key].name
  event_bus_name = aws_cloudwatch_event_rule.this[each.key].event_bus_name
  target_id      = each.value.target.target_id
  role_arn       = each.value.target.role == null ? null : aws_iam_role.this[each.value.target.role].arn
  arn = (
    each.value.target.function != null ? aws_lambda_function.this[each.value.target.function].arn :
    each.value.target.queue != null ? aws_sqs_queue.this[each.value.target.queue].arn :
    each.value.target.arn
  )

  dead_letter_config {
    arn = aws_sqs_queue.this[each.value.target.dead_letter_queue].arn
  }

  dynamic "retry_policy" {
    for_each = each.value.target.retries == null ? [] : [each.value.target.retries]
    content {
      maximum_event_age_in_seconds = retry_policy.value.maximum_event_age_in_seconds
      maximum_retry_attempts       = retry_policy.value.maximum_retry_attempts
    }
  }
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.of_region.schedules

  name                = each.value.name
  schedule_expression = each.value.schedule_expression

  flexible_time_window {
    mode = each.value.flexible_time_window
  }

  target {
    arn      = aws_lambda_function.this[each.value.function].arn
    role_arn = aws_iam_role.this[each.value.role].arn
    input    = each.value.input

    dead_letter_config {
      arn = aws_sqs_queue.this[each.value.dead_letter_queue].arn
    }

    retry_policy {
      maximum_event_age_in_seconds = each.value.maximum_event_age_in_seconds
      maximum_retry_attempts       = each.value.maximum_retry_attempts
    }
  }

  depends_on = [aws_iam_role_policy.this]
}
