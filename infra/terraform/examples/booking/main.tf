provider "aws" {
  alias  = "primary"
  region = var.primary_region
}

provider "aws" {
  alias  = "secondary"
  region = var.secondary_region
}

module "booking" {
  source    = "../.."
  providers = { aws.primary = aws.primary, aws.secondary = aws.secondary }

  # buildTerraform and buildLambda of antipode/infra write these folders.
  description = "${path.module}/../../../../dist/booking/terraform"
  archives    = "${path.module}/../../../../dist/booking/lambda"

  primary_region                  = var.primary_region
  secondary_region                = var.secondary_region
  witness_region                  = var.witness_region
  environment                     = var.environment
  cluster_name_suffix             = var.cluster_name_suffix
  enable_cross_region_replication = var.enable_cross_region_replication
  event_retention_days            = var.event_retention_days
  lambda_memory_size              = var.lambda_memory_size
  lambda_timeout                  = var.lambda_timeout
  alarm_email                     = var.alarm_email
  deletion_protection             = var.deletion_protection
}
