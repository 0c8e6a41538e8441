#!/usr/bin/env bash
# Deletes a service from both Regions, and proves that nothing of it is left, or lists the rest.
# It needs Bash and the AWS CLI, and may be run again at any time: it goes on where it ended.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

delete_data=

usage() {
  cat <<TEXT
Usage: destroy.sh [OPTION]...

Deletes the stacks of a service in both Regions and its code in the buckets. Clusters that the
templates protect stay with their data, and are listed.

  --delete-data             deletes the clusters and all data too
$common_options
TEXT
}

given=("$@")
while [ $# -gt 0 ]; do
  read_option "$@"
  if [ "$shifted" -eq 0 ]; then
    [ "$1" = --delete-data ] || fail "unknown option $1: see destroy.sh --help"
    delete_data=yes
    shifted=1
  fi
  shift "$shifted"
done

regions=()
stack_ids=()
# Whether a stack was not there any more.
earlier=

# remove PART...: deletes stacks at once, and waits for all of them.
remove() {
  local part stack region id status
  begin "stacks $*"
  for part in "$@"; do
    stack=$(stack_of "$part")
    region=$(region_of "$part")
    status=$(wait_for "$stack" "$region")
    if [ "$status" = NONE ] && [ -z "$dry_run" ]; then
      earlier=yes
      continue
    fi
    id=$(ask "ID-of-$stack" aws cloudformation describe-stacks --region "$region" \
      --stack-name "$stack" --query 'Stacks[0].StackId' --output text)
    regions+=("$region")
    stack_ids+=("$id")
    call aws cloudformation delete-stack --region "$region" --stack-name "$stack"
  done
  for part in "$@"; do
    stack=$(stack_of "$part")
    region=$(region_of "$part")
    status=$(wait_for "$stack" "$region")
    [ "$status" = NONE ] || {
      show_failures "$stack" "$region"
      fail "stack $stack in $region is $status"
    }
  done
  done_with
}

# name_of CLUSTER REGION: the Name tag of a cluster; nothing for one that was deleted meanwhile.
name_of() {
  local answer
  local question=(aws dsql get-cluster --region "$2" --identifier "$1" --query tags.Name
    --output text)
  if [ -n "$dry_run" ]; then
    ask "$cluster_prefix-$2" "${question[@]}"
    return
  fi
  if answer=$("${question[@]}" 2>&1); then
    printf '%s\n' "$answer"
    return
  fi
  case $answer in
  *ResourceNotFoundException*) ;;
  *) printf '%s\n' "$answer" >&2 && return 1 ;;
  esac
}

# clusters_in REGION: the clusters of the service, by their Name tags.
clusters_in() {
  local identifiers identifier name
  # A loop over the command itself would take its failure for an empty list.
  identifiers=$(ask "CLUSTER-in-$1" aws dsql list-clusters --region "$1" \
    --query 'clusters[].identifier' --output text) || return
  for identifier in $identifiers; do
    [ "$identifier" != None ] || continue
    name=$(name_of "$identifier" "$1") || return
    case $name in
    "$cluster_prefix-$1$suffix") printf '%s\n' "$identifier" ;;
    esac
  done
}

# A cluster is deleted only when its peer is deleted too: both are told first.
delete_clusters() {
  local region identifiers identifier others
  begin 'clusters'
  for region in "$primary_region" "$secondary_region"; do
    identifiers=$(clusters_in "$region")
    for identifier in $identifiers; do
      call aws dsql update-cluster --region "$region" --identifier "$identifier" \
        --no-deletion-protection-enabled
      call aws dsql delete-cluster --region "$region" --identifier "$identifier"
    done
  done
  if [ -z "$dry_run" ]; then
    while :; do
      identifiers=$(clusters_in "$primary_region")
      others=$(clusters_in "$secondary_region")
      [ -n "$identifiers$others" ] || break
      sleep "${POLL_SECONDS:-5}"
    done
  fi
  done_with
}

# remove_code REGION: the archives and templates of this service, and the bucket where it is empty.
remove_code() {
  local bucket
  bucket=$(bucket_in "$1")
  begin "code in $bucket"
  if has aws s3api head-bucket --region "$1" --bucket "$bucket" \
    --expected-bucket-owner "$account" || [ -n "$dry_run" ]; then
    call aws s3 rm --region "$1" "s3://$bucket/$key_prefix" --recursive
    # shellcheck disable=SC2016 # backticks are JMESPath's
    if [ "$(ask 0 aws s3api list-objects-v2 --region "$1" --bucket "$bucket" --max-items 1 \
      --query 'length(not_null(Contents, `[]`))' --output text | head -n 1)" = 0 ]; then
      call aws s3api delete-bucket --region "$1" --bucket "$bucket"
    fi
  fi
  done_with
}

# left_in_stacks: resources that a deleted stack has left, because its template keeps them.
left_in_stacks() {
  local at
  for at in ${stack_ids[@]+"${!stack_ids[@]}"}; do
    ask '' aws cloudformation list-stack-resources --region "${regions[$at]}" \
      --stack-name "${stack_ids[$at]}" --output text --query \
      "StackResourceSummaries[?ResourceStatus!='DELETE_COMPLETE'].[ResourceType, PhysicalResourceId]" |
      while read -r type id; do
        # Clusters have lines of their own: some may be deleted by now.
        case $type in '' | None | AWS::DSQL::Cluster) continue ;; esac
        printf '%s %s in %s\n' "$type" "$id" "${regions[$at]}"
      done || return
  done
}

left() {
  local region identifiers identifier
  # Bash does not end a command substitution at its first error.
  left_in_stacks || return
  for region in "$primary_region" "$secondary_region"; do
    identifiers=$(clusters_in "$region") || return
    for identifier in $identifiers; do
      printf 'AWS::DSQL::Cluster %s in %s\n' "$identifier" "$region"
    done
  done
}

prepare
suffix=$(parameter ClusterNameSuffix)
tell_of_stops
begin "account"
read_account
done_with
say "Deletes $service from $primary_region and $secondary_region of the account $account."
if [ -n "$delete_data" ]; then
  confirm "All data of $service will be lost." "$service"
else
  confirm 'Protected clusters stay.' yes
fi

remove secondary
remove primary
remove data-peering
# Each cluster waits for the other one to be deleted.
remove data-secondary data-primary
[ -z "$delete_data" ] || delete_clusters
remove_code "$primary_region"
remove_code "$secondary_region"

begin 'look for the rest'
rest=$(left)
is_over=yes
[ -z "$dry_run" ] || exit 0
if [ -z "$rest" ] && [ -n "$earlier" ]; then
  say "No stack, no cluster and no code of $service is left in $primary_region and $secondary_region."
  say 'Keys and backup vaults that an earlier run has kept are named in its output only.'
elif [ -z "$rest" ]; then
  say "Nothing of $service is left in $primary_region and $secondary_region."
else
  say 'This is left, and costs what it costs:'
  say "$rest"
  say "To delete the clusters too: $(quoted "$0" ${given[@]+"${given[@]}"} --delete-data)"
fi
