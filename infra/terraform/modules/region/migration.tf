locals {
  migrate = local.of_region.functions[local.migration.function]
}

resource "aws_lambda_function" "migrate" {
  function_name                  = local.migrate.name
  description                    = local.migrate.description
  filename                       = "${var.archives}/${local.migration.function}.zip"
  source_code_hash               = filebase64sha256("${var.archives}/${local.migration.function}.zip")
  handler                        = local.migrate.handler
  runtime                        = local.migrate.runtime
  architectures                  = local.migrate.architectures
  memory_size                    = local.migrate.memory_size
  timeout                        = local.migrate.timeout
  reserved_concurrent_executions = local.migrate.reserved_concurrent_executions
  role                           = aws_iam_role.this[local.migrate.role].arn
  tags                           = local.migrate.tags

  environment {
    variables = merge(
      {
        for name, value in local.migrate.variables :
        name => replace(value, "{cluster_endpoint}", local.cluster_endpoint)
      },
      { MIGRATE_BY_INVOCATION = "true" },
      # Anybody who may invoke the function may send any list: it compares the list with this one.
      { CLIENT_ROLE_NAMES = join(",", [for role in local.client_roles : aws_iam_role.this[role].name]) },
    )
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this[local.migrate.log_group].name
  }

  dynamic "tracing_config" {
    for_each = local.migrate.tracing_config == null ? [] : [local.migrate.tracing_config]
    content {
      mode = tracing_config.value.Mode
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

# Runs again when the code, the cluster or a role changes, and gets the input of the last run.
resource "aws_lambda_invocation" "migration" {
  function_name   = aws_lambda_function.migrate.function_name
  lifecycle_scope = "CRUD"

  input = jsonencode({
    ClusterArn     = var.cluster.arn
    Revision       = aws_lambda_function.migrate.source_code_hash
    DatabaseRole   = local.migration.database_role
    ClientRoleArns = [for role in local.client_roles : aws_iam_role.this[role].arn]
  })

  # After an update that fails, the state has its input, so that the next apply would leave it out.
  lifecycle {
    postcondition {
      condition = (
        try(jsondecode(self.result).Request, jsondecode(self.input)) == jsondecode(self.input)
      )
      error_message = "The last migration failed. Correct it and build again, or apply with -replace and this address to run it once more."
    }
  }
}
