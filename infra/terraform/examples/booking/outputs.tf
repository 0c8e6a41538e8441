output "api_function_names" {
  description = "The function that answers commands and queries, by Region"
  value       = module.booking.api_function_names
}

output "api_urls" {
  description = "The Function URL of the API, by Region; it takes signed requests only"
  value       = module.booking.api_urls
}

output "event_bus_names" {
  description = "The bus of the service, by Region"
  value       = module.booking.event_bus_names
}

output "cluster_arns" {
  description = "The cluster of DSQL, by Region"
  value       = module.booking.cluster_arns
}

output "cluster_endpoints" {
  description = "The host that takes connections to the cluster, by Region"
  value       = module.booking.cluster_endpoints
}

output "database_schema" {
  description = "The schema of the service's tables"
  value       = module.booking.database_schema
}

output "witness_region" {
  description = "The Region that holds the log of DSQL as the third vote"
  value       = module.booking.witness_region
}

output "test_commands" {
  description = "Commands that invoke the API in each Region, and that look at the clusters"
  value       = module.booking.test_commands
}
