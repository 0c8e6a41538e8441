resource "aws_sqs_queue" "this" {
  for_each = local.of_region.queues

  name                       = each.value.name
  message_retention_seconds  = each.value.message_retention_seconds
  visibility_timeout_seconds = each.value.visibility_timeout_seconds
  sqs_managed_sse_enabled    = each.value.sqs_managed_sse_enabled
  tags                       = each.value.tags
}

resource "aws_sqs_queue_redrive_policy" "this" {
  for_each = {
    for key, queue in local.of_region.queues : key => queue if queue.dead_letter_queue != null
  }

  queue_url = aws_sqs_queue.this[each.key].url
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.this[each.value.dead_letter_queue].arn
    maxReceiveCount     = each.value.max_receive_count
  })
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.of_region.queue_policies

  queue_url = aws_sqs_queue.this[each.value.queue].url
  policy    = jsonencode(each.value.policy)
}
