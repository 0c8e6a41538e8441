output "api_function_name" {
  description = "The function that answers commands and queries"
  value       = aws_lambda_function.this["api"].function_name
}

output "api_url" {
  description = "The Function URL of the API; it takes signed requests only"
  value       = aws_lambda_function_url.this["api"].function_url
}

output "event_bus_name" {
  description = "The bus of the service"
  value       = aws_cloudwatch_event_bus.this["events"].name
}

output "cluster_endpoint" {
  description = "The host that takes connections to the cluster"
  value       = local.cluster_endpoint
}

output "invoke_command" {
  description = "A command that asks the API for its default answer"
  value       = "aws lambda invoke --region ${var.region} --function-name ${aws_lambda_function.this["api"].function_name} --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout"
}

output "cluster_command" {
  description = "A command that shows the state of the cluster"
  value       = "aws dsql get-cluster --region ${var.region} --identifier ${var.cluster.identifier}"
}
