variable "region" {
  description = "The Region of the provider"
  type        = string
}

variable "description" {
  description = "The resources of the Region, each kind by keys, as describe.ts writes them"
  type        = any
}

variable "archives" {
  description = "The folder with an archive for each function"
  type        = string
}

variable "cluster" {
  description = "This Region's half of the database"
  type        = object({ arn = string, identifier = string })
}

variable "peer_cluster" {
  description = "The other Region's half of the database"
  type        = object({ arn = string, identifier = string })
}
