# The module validates the values.

variable "primary_region" {
  description = "One of the two Regions that serve; it cannot change"
  type        = string
  default     = "us-east-1"
}

variable "secondary_region" {
  description = "The other Region that serves; it cannot change"
  type        = string
  default     = "us-west-2"
}

variable "witness_region" {
  description = "Holds the log of DSQL as the third vote; nothing runs there; it cannot change"
  type        = string
  default     = "us-east-2"
}

variable "environment" {
  description = "A tag of all resources"
  type        = string
  default     = "development"
}

variable "cluster_name_suffix" {
  description = "Ends the Name tags of the clusters, such as -blue"
  type        = string
  default     = ""
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
}

variable "lambda_memory_size" {
  description = "MB of every function"
  type        = number
  default     = 1024
}

variable "lambda_timeout" {
  description = "Seconds of the functions that answer or consume; service.json lists the values"
  type        = number
  default     = 15
}

variable "alarm_email" {
  description = "Hears of all alarms; empty for nobody"
  type        = string
  default     = ""
}

variable "deletion_protection" {
  description = "Whether the clusters refuse deletion; destroy works after an apply with false"
  type        = bool
  default     = true
}
