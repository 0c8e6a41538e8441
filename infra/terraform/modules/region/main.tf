locals {
  # Entries that the settings leave out say so; the rest is what the Region has.
  of_region = {
    for kind, entries in var.description :
    kind => { for key, entry in entries : key => entry if entry.exists }
    if !contains(["migration", "database_schema", "name_prefix"], kind)
  }
  migration        = var.description.migration
  client_roles     = [for role in local.migration.client_roles : role if role != null]
  cluster_endpoint = "${var.cluster.identifier}.dsql.${var.region}.on.aws"
}
