locals {
  # The role of a half stands beside its cluster.
  roles = {
    for key, role in local.of_region.roles : key => role if !startswith(key, "one-")
  }
  # IAM appends 26 characters to a prefix of 38 at most.
  role_prefixes = {
    for key, role in local.roles :
    key => "${substr("${var.description.name_prefix}-${key}", 0, 37)}-" if role.name == null
  }
  role_policies = merge([
    for key, role in local.roles : {
      for name, document in role.policies :
      "${key}/${name}" => { role = key, name = name, document = document }
    }
  ]...)
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name               = each.value.name
  name_prefix        = lookup(local.role_prefixes, each.key, null)
  description        = each.value.description
  assume_role_policy = jsonencode(each.value.assume_role_policy)
  tags               = each.value.tags
}

resource "aws_iam_role_policy" "this" {
  for_each = local.role_policies

  name = each.value.name
  role = aws_iam_role.this[each.value.role].name
  policy = replace(
    jsonencode(merge(each.value.document, {
      Statement = [for one in each.value.document.Statement : one if one != null]
    })),
    "{cluster_arn}",
    var.cluster.arn,
  )
}
