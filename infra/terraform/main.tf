data "aws_caller_identity" "current" {
  provider = aws.primary
}

data "aws_partition" "current" {
  provider = aws.primary
}

locals {
  service = jsondecode(file("${var.description}/service.json"))

  settings = {
    tables                          = local.service.tables
    account_id                      = data.aws_caller_identity.current.account_id
    partition                       = data.aws_partition.current.partition
    primary_region                  = var.primary_region
    secondary_region                = var.secondary_region
    witness_region                  = var.witness_region
    cluster_name_prefix             = var.cluster_name_prefix
    cluster_name_suffix             = var.cluster_name_suffix
    lambda_function_prefix          = var.lambda_function_prefix
    eventbridge_bus_prefix          = var.eventbridge_bus_prefix
    environment                     = var.environment
    application                     = var.application
    owner                           = var.owner
    lambda_timeout                  = var.lambda_timeout
    lambda_memory_size              = var.lambda_memory_size
    enable_cross_region_replication = var.enable_cross_region_replication
    event_retention_days            = var.event_retention_days
    reserve_concurrency             = var.reserve_concurrency
    tracing                         = var.tracing
    alarms                          = var.alarms
    alarm_email                     = var.alarm_email
    api_latency_ms_max              = var.api_latency_ms_max
    dashboards                      = var.dashboards
    log_retention_days              = var.log_retention_days
    dsql_serial                     = var.dsql_serial
    dsql_plain_begin                = var.dsql_plain_begin
    dsql_prepared_statements_max    = var.dsql_prepared_statements_max
  }

  primary = jsondecode(templatefile(
    "${var.description}/primary.json.tftpl",
    merge(local.settings, { region = var.primary_region }),
  ))
  secondary = jsondecode(templatefile(
    "${var.description}/secondary.json.tftpl",
    merge(local.settings, { region = var.secondary_region }),
  ))
}

# Keeps the first values: a cluster in another Region would be a second, empty database.
resource "terraform_data" "first_regions" {
  input = {
    primary   = var.primary_region
    secondary = var.secondary_region
    witness   = var.witness_region
  }

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_dsql_cluster" "primary" {
  provider = aws.primary

  deletion_protection_enabled = var.deletion_protection
  tags                        = local.primary.clusters.cluster.tags

  multi_region_properties {
    witness_region = local.primary.clusters.cluster.witness_region
  }

  # The role of this half belongs to the account: where it is there, another deployment is.
  depends_on = [aws_iam_role.one_primary]

  lifecycle {
    precondition {
      condition = (
        terraform_data.first_regions.output.primary == var.primary_region &&
        terraform_data.first_regions.output.secondary == var.secondary_region &&
        terraform_data.first_regions.output.witness == var.witness_region
      )
      error_message = "The Regions cannot change, since the clusters hold data. Set them back."
    }
  }
}

resource "aws_dsql_cluster" "secondary" {
  provider = aws.secondary

  deletion_protection_enabled = var.deletion_protection
  tags                        = local.secondary.clusters.cluster.tags

  multi_region_properties {
    witness_region = local.secondary.clusters.cluster.witness_region
  }

  depends_on = [aws_iam_role.one_secondary]
}

resource "aws_dsql_cluster_peering" "primary" {
  provider = aws.primary

  identifier     = aws_dsql_cluster.primary.identifier
  clusters       = [aws_dsql_cluster.secondary.arn]
  witness_region = var.witness_region
}

resource "aws_dsql_cluster_peering" "secondary" {
  provider = aws.secondary

  identifier     = aws_dsql_cluster.secondary.identifier
  clusters       = [aws_dsql_cluster.primary.arn]
  witness_region = var.witness_region
}

resource "aws_iam_role" "one_primary" {
  provider = aws.primary

  name               = local.primary.roles.one-primary.name
  description        = local.primary.roles.one-primary.description
  assume_role_policy = jsonencode(local.primary.roles.one-primary.assume_role_policy)
  tags               = local.primary.roles.one-primary.tags
}

resource "aws_iam_role" "one_secondary" {
  provider = aws.secondary

  name               = local.secondary.roles.one-secondary.name
  description        = local.secondary.roles.one-secondary.description
  assume_role_policy = jsonencode(local.secondary.roles.one-secondary.assume_role_policy)
  tags               = local.secondary.roles.one-secondary.tags
}

module "primary" {
  source    = "./modules/region"
  providers = { aws = aws.primary }

  region       = var.primary_region
  description  = local.primary
  archives     = var.archives
  cluster      = aws_dsql_cluster.primary
  peer_cluster = aws_dsql_cluster.secondary

  depends_on = [aws_dsql_cluster_peering.primary, aws_dsql_cluster_peering.secondary]
}

# The primary Region migrates first.
module "secondary" {
  source    = "./modules/region"
  providers = { aws = aws.secondary }

  region       = var.secondary_region
  description  = local.secondary
  archives     = var.archives
  cluster      = aws_dsql_cluster.secondary
  peer_cluster = aws_dsql_cluster.primary

  depends_on = [module.primary]
}
