variable "description" {
  description = "The folder with the description of the service, as buildTerraform writes it"
  type        = string

  validation {
    condition     = fileexists("${var.description}/service.json")
    error_message = "The folder has no service.json: write it with npm run build:terraform."
  }
}

variable "archives" {
  description = "The folder with an archive for each function, as npm run build:lambda writes it"
  type        = string
}

variable "primary_region" {
  description = "One of the two Regions that serve; it cannot change"
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.primary_region))
    error_message = "Use the name of an AWS Region, such as us-east-1."
  }
}

variable "secondary_region" {
  description = "The other Region that serves; it cannot change"
  type        = string
  default     = "us-west-2"

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.secondary_region))
    error_message = "Use the name of an AWS Region, such as us-west-2."
  }

  validation {
    condition     = var.secondary_region != var.primary_region
    error_message = "Use another Region than primary_region."
  }
}

variable "witness_region" {
  description = "Holds the log of DSQL as the third vote; nothing runs there; it cannot change"
  type        = string
  default     = "us-east-2"

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.witness_region))
    error_message = "Use the name of an AWS Region, such as us-east-2."
  }

  validation {
    condition     = !contains([var.primary_region, var.secondary_region], var.witness_region)
    error_message = "Use a third Region of the same set of DSQL."
  }

  validation {
    condition = anytrue([
      for set in jsondecode(file("${var.description}/service.json")).region_sets :
      length(setsubtract([var.primary_region, var.secondary_region, var.witness_region], set)) == 0
    ])
    error_message = "DSQL peers clusters within one set of Regions only. Take all three Regions from one of ${join(" | ", [for set in jsondecode(file("${var.description}/service.json")).region_sets : join(", ", set)])}, or build with a newer set in EXTRA_REGION_SET."
  }
}

variable "cluster_name_prefix" {
  description = "Begins the Name tags of the clusters, and names of resources beside them"
  type        = string
  default     = "antipode"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.cluster_name_prefix))
    error_message = "Use 1 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "cluster_name_suffix" {
  description = "Ends the Name tags of the clusters, such as -blue"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(-[a-z0-9-]{1,20})?$", var.cluster_name_suffix))
    error_message = "Use nothing, or a hyphen and up to 20 lower-case letters, digits and hyphens."
  }
}

variable "lambda_function_prefix" {
  description = "Begins the names of functions, queues, rules and alarms"
  type        = string
  default     = "antipode"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.lambda_function_prefix))
    error_message = "Use 1 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "eventbridge_bus_prefix" {
  description = "Begins the names of the buses"
  type        = string
  default     = "antipode"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.eventbridge_bus_prefix))
    error_message = "Use 1 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "environment" {
  description = "A tag of all resources"
  type        = string
  default     = "development"

  validation {
    condition     = can(regex("^[A-Za-z0-9_ .:/=+@-]{1,256}$", var.environment))
    error_message = "Use 1 to 256 letters, digits, spaces and . : / = + @ _ -."
  }
}

variable "application" {
  description = "A tag of all resources"
  type        = string
  default     = "antipode"

  validation {
    condition     = can(regex("^[A-Za-z0-9_ .:/=+@-]{1,256}$", var.application))
    error_message = "Use 1 to 256 letters, digits, spaces and . : / = + @ _ -."
  }
}

variable "owner" {
  description = "A tag of all resources"
  type        = string
  default     = "unassigned"

  validation {
    condition     = can(regex("^[A-Za-z0-9_ .:/=+@-]{1,256}$", var.owner))
    error_message = "Use 1 to 256 letters, digits, spaces and . : / = + @ _ -."
  }
}

variable "lambda_timeout" {
  description = "Seconds of the functions that answer or consume; service.json lists the values"
  type        = number
  default     = 15

  validation {
    condition = contains(
      keys(jsondecode(file("${var.description}/service.json")).tables.LambdaTimeout),
      tostring(var.lambda_timeout),
    )
    error_message = "Use a value of the table LambdaTimeout in service.json."
  }
}

variable "lambda_memory_size" {
  description = "MB of every function"
  type        = number
  default     = 1024

  validation {
    condition     = var.lambda_memory_size >= 128 && var.lambda_memory_size <= 10240
    error_message = "Use 128 to 10240."
  }
}

variable "enable_cross_region_replication" {
  description = "Whether events marked for all Regions are copied to the other one"
  type        = bool
  default     = true
}

variable "event_retention_days" {
  description = "How long the archive of the bus keeps an event; service.json lists the values"
  type        = number
  default     = 14

  validation {
    condition = contains(
      keys(jsondecode(file("${var.description}/service.json")).tables.EventRetentionDays),
      tostring(var.event_retention_days),
    )
    error_message = "Use a value of the table EventRetentionDays in service.json."
  }
}

variable "reserve_concurrency" {
  description = "One relay at a time; Lambda refuses it where the limit of the account is below 101"
  type        = bool
  default     = false
}

variable "tracing" {
  description = "Whether functions are traced with X-Ray"
  type        = bool
  default     = false
}

variable "alarms" {
  description = "Whether there are alarms beside those of the queues and the relay"
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Hears of all alarms; empty for nobody"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9_.+=-]{1,64}@[A-Za-z0-9.-]{1,255})?$", var.alarm_email))
    error_message = "Use one address, or nothing."
  }
}

variable "api_latency_ms_max" {
  description = "The 99th percentile of the time of the API that users still bear, in milliseconds"
  type        = number
  default     = 3000

  validation {
    condition     = var.api_latency_ms_max >= 1 && var.api_latency_ms_max <= 900000
    error_message = "Use 1 to 900000."
  }
}

variable "dashboards" {
  description = "Whether there are dashboards"
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long the logs of functions and buses are kept"
  type        = number
  default     = 30

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "Use a number of days that CloudWatch Logs has, such as 30."
  }
}

variable "dsql_serial" {
  description = "Statements one by one, for a cluster that should not take a pipeline"
  type        = bool
  default     = false
}

variable "dsql_plain_begin" {
  description = "BEGIN without a level, for a cluster that should refuse an isolation level"
  type        = bool
  default     = false
}

variable "dsql_prepared_statements_max" {
  description = "Statements that a connection keeps prepared at most"
  type        = number
  default     = 100

  validation {
    condition     = var.dsql_prepared_statements_max >= 0 && var.dsql_prepared_statements_max <= 1000
    error_message = "Use 0 to 1000."
  }
}

variable "deletion_protection" {
  description = "Whether the clusters refuse deletion; destroy works after an apply with false"
  type        = bool
  default     = true
}
