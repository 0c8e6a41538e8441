output "api_function_names" {
  description = "The function that answers commands and queries, by Region"
  value = {
    (var.primary_region)   = module.primary.api_function_name
    (var.secondary_region) = module.secondary.api_function_name
  }
}

output "api_urls" {
  description = "The Function URL of the API, by Region; it takes signed requests only"
  value = {
    (var.primary_region)   = module.primary.api_url
    (var.secondary_region) = module.secondary.api_url
  }
}

output "event_bus_names" {
  description = "The bus of the service, by Region"
  value = {
    (var.primary_region)   = module.primary.event_bus_name
    (var.secondary_region) = module.secondary.event_bus_name
  }
}

output "cluster_arns" {
  description = "The cluster of DSQL, by Region"
  value = {
    (var.primary_region)   = aws_dsql_cluster.primary.arn
    (var.secondary_region) = aws_dsql_cluster.secondary.arn
  }
}

output "cluster_endpoints" {
  description = "The host that takes connections to the cluster, by Region"
  value = {
    (var.primary_region)   = module.primary.cluster_endpoint
    (var.secondary_region) = module.secondary.cluster_endpoint
  }
}

output "database_schema" {
  description = "The schema of the service's tables"
  value       = local.primary.database_schema
}

output "witness_region" {
  description = "The Region that holds the log of DSQL as the third vote"
  value       = var.witness_region
}

output "test_commands" {
  description = "Commands that invoke the API in each Region, and that look at the clusters"
  value = {
    invoke_primary    = module.primary.invoke_command
    invoke_secondary  = module.secondary.invoke_command
    cluster_primary   = module.primary.cluster_command
    cluster_secondary = module.secondary.cluster_command
  }
}
