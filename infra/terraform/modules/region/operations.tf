resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.of_region.alarms

  alarm_name          = each.value.name
  alarm_description   = each.value.description
  alarm_actions       = each.value.actions
  comparison_operator = each.value.comparison_operator
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints_to_alarm
  treat_missing_data  = each.value.treat_missing_data
  metric_name         = each.value.metric_name
  namespace           = each.value.namespace
  period              = each.value.period
  statistic           = each.value.statistic
  extended_statistic  = each.value.extended_statistic
  tags                = each.value.tags
  dimensions = each.value.dimensions == null ? null : {
    for name, value in each.value.dimensions :
    name => replace(value, "{cluster_identifier}", var.cluster.identifier)
  }

  dynamic "metric_query" {
    for_each = each.value.queries
    content {
      id          = metric_query.value.id
      expression  = metric_query.value.expression
      label       = metric_query.value.label
      return_data = metric_query.value.return_data

      dynamic "metric" {
        for_each = metric_query.value.metric == null ? [] : [metric_query.value.metric]
        content {
          metric_name = metric.value.metric_name
          namespace   = metric.value.namespace
          period      = metric.value.period
          stat        = metric.value.stat
          dimensions = {
            for name, value in metric.value.dimensions :
            name => replace(value, "{cluster_identifier}", var.cluster.identifier)
          }
        }
      }
    }
  }

  depends_on = [aws_sns_topic.this]
}

resource "aws_cloudwatch_dashboard" "this" {
  for_each = local.of_region.dashboards

  dashboard_name = each.value.name
  dashboard_body = replace(
    replace(each.value.body, "{cluster_identifier}", var.cluster.identifier),
    "{peer_cluster_identifier}",
    var.peer_cluster.identifier,
  )
}

resource "aws_sns_topic" "this" {
  for_each = local.of_region.topics

  name = each.value.name
  tags = each.value.tags
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.of_region.topic_policies

  arn    = aws_sns_topic.this[each.value.topic].arn
  policy = jsonencode(each.value.policy)
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.of_region.subscriptions

  topic_arn = aws_sns_topic.this[each.value.topic].arn
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint
}
