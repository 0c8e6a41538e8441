#!/usr/bin/env bash
# Creates or updates a service in two Regions from the templates of npm run build:cloudformation.
# It needs Bash and the AWS CLI, and may be run again at any time: it goes on where it ended.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<TEXT
Usage: deploy.sh [OPTION]...

Creates or updates a service in two Regions: its buckets with code, two clusters, their peering, and
its functions and events. On a terminal it asks for the Regions first.

$common_options
TEXT
}

given=("$@")
while [ $# -gt 0 ]; do
  read_option "$@"
  [ "$shifted" -gt 0 ] || fail "unknown option $1: see deploy.sh --help"
  shift "$shifted"
done

# make_bucket BUCKET REGION: a bucket of this account. A name that another account has is refused.
make_bucket() {
  local place=()
  # The API names no constraint for the first Region.
  [ "$2" = us-east-1 ] || place=(--create-bucket-configuration "LocationConstraint=$2")
  if has aws s3api head-bucket --region "$2" --bucket "$1" --expected-bucket-owner "$account"; then
    return
  fi
  call aws s3api create-bucket --region "$2" --bucket "$1" ${place[@]+"${place[@]}"}
}

# upload BUCKET REGION: the archives that the bucket lacks; a name holds the hash of its code.
upload() {
  call aws s3 sync --region "$2" --size-only "$templates/lambda" "s3://$1/$key_prefix"
}

# make_ready STACK REGION: brings a stack into a state from which it can be deployed, and prints
# whether it is new.
make_ready() {
  local status
  # Bash does not end a command substitution at its first error.
  status=$(wait_for "$1" "$2") || return
  case $status in
  ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
    call aws cloudformation delete-stack --region "$2" --stack-name "$1" || return
    status=$(wait_for "$1" "$2") || return
    ;;
  UPDATE_ROLLBACK_FAILED)
    call aws cloudformation continue-update-rollback --region "$2" --stack-name "$1" || return
    status=$(wait_for "$1" "$2") || return
    ;;
  esac
  case $status in
  NONE | REVIEW_IN_PROGRESS | DELETE_COMPLETE) printf 'new\n' ;;
  *_FAILED) fail "stack $1 in $2 is $status: $(quoted aws cloudformation describe-stack-events --region "$2" --stack-name "$1") has the reason" ;;
  *) printf 'there\n' ;;
  esac
}

# change_set WORD...: makes a change set of a template, and prints its ARN, or nothing where the
# stack has nothing to change.
change_set() {
  local answer
  if [ -n "$dry_run" ]; then
    quoted "$@" >&2
    printf 'CHANGE-SET\n'
    return
  fi
  answer=$("$@" 2>&1) || {
    printf '%s\n' "$answer" >&2
    return 1
  }
  printf '%s\n' "$answer" | grep -o 'arn:[^ ]*:changeSet/[^ ]*' || true
}

# deploy PART NAME=VALUE...: creates or updates a stack.
deploy() {
  local part=$1 stack region state bucket changes status first=()
  shift
  stack=$(stack_of "$part")
  region=$(region_of "$part")
  bucket=$(bucket_in "$region")
  begin "stack $stack in $region"
  state=$(make_ready "$stack" "$region")
  case $state:$part in
  # A deployment keeps these values, and the template refuses other Regions by them.
  new:data-primary) first=("FirstWitnessRegion=$witness_region" "FirstPeerRegion=$secondary_region") ;;
  new:data-secondary) first=("FirstWitnessRegion=$witness_region" "FirstPeerRegion=$primary_region") ;;
  esac
  changes=$(change_set aws cloudformation deploy --region "$region" --stack-name "$stack" \
    --template-file "$templates/$part.template.json" \
    --s3-bucket "$bucket" --s3-prefix "${key_prefix}templates" \
    --capabilities CAPABILITY_NAMED_IAM --no-execute-changeset --no-fail-on-empty-changeset \
    --parameter-overrides ${parameters[@]+"${parameters[@]}"} \
    "CodeBucket=$bucket" "CodeKeyPrefix=$key_prefix" ${first[@]+"${first[@]}"} "$@")
  if [ -n "$changes" ]; then
    call aws cloudformation execute-change-set --region "$region" --change-set-name "$changes"
    status=$(wait_for "$stack" "$region" REVIEW_IN_PROGRESS)
    case $status in
    CREATE_COMPLETE | UPDATE_COMPLETE | NONE) ;;
    *)
      show_failures "$stack" "$region"
      fail "stack $stack in $region is $status"
      ;;
    esac
  fi
  done_with
}

# check_parameters: refuses a parameter that no template has; the aws command would ignore it.
check_parameters() {
  local one
  for one in ${parameters[@]+"${parameters[@]}"}; do
    grep -q "^  \"${one%%=*}\": {\$" "$templates"/*.template.json ||
      fail "no template has the parameter ${one%%=*}"
  done
}

prepare
check_parameters
tell_of_stops
begin "account"
read_account
done_with
say "Deploys $service to $primary_region and $secondary_region of the account $account."
confirm 'This costs money.' yes

for region in "$primary_region" "$secondary_region"; do
  bucket=$(bucket_in "$region")
  begin "bucket $bucket in $region"
  make_bucket "$bucket" "$region"
  upload "$bucket" "$region"
  done_with
done

deploy data-primary
primary_arn=$(output_of "$(stack_of data-primary)" "$primary_region" ClusterArn)
deploy data-secondary "PrimaryClusterArn=$primary_arn"
secondary_arn=$(output_of "$(stack_of data-secondary)" "$secondary_region" ClusterArn)
secondary_identifier=$(output_of "$(stack_of data-secondary)" "$secondary_region" ClusterIdentifier)
deploy data-peering "SecondaryClusterArn=$secondary_arn" \
  "SecondaryClusterIdentifier=$secondary_identifier"
next_step=$(output_of "$(stack_of data-peering)" "$primary_region" NextStep)
if [ -z "$dry_run" ] && [ "$next_step" != none ]; then
  # The peering could not update the first stack in time.
  deploy data-primary "PeerClusterIdentifier=$secondary_identifier"
fi
deploy primary
deploy secondary

is_over=yes
[ -z "$dry_run" ] || exit 0
say "$service is deployed:"
for part in primary secondary; do
  region=$(region_of "$part")
  say "  $region $(output_of "$(stack_of "$part")" "$region" ApiUrl)"
done
say "Check it with: $(quoted "$here/verify.sh" ${given[@]+"${given[@]}"})"
