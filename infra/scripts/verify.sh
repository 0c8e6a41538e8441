#!/usr/bin/env bash
# Says whether a deployed service works in both Regions, by the AWS CLI alone. It changes nothing.
# `antipode verify` checks more, and names the command that mends each fault.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<TEXT
Usage: verify.sh [OPTION]...

Looks at the stacks, the clusters and the alarms of a service in both Regions, and has each function
connect to its database. Prints a line for each check, and ends with 1 where one has failed.

$common_options
TEXT
}

given=("$@")
while [ $# -gt 0 ]; do
  read_option "$@"
  [ "$shifted" -gt 0 ] || fail "unknown option $1: see verify.sh --help"
  shift "$shifted"
done

failures=0

# check TEXT ACTUAL PATTERN: a line that says whether ACTUAL is as it should be.
check() {
  local actual=$2 shown=${2:0:150}
  # shellcheck disable=SC2254 # the third argument is a pattern
  case $actual in
  $3) say "ok    $1: ${shown:-none}" ;;
  *)
    say "FAIL  $1: ${shown:-none}"
    failures=$((failures + 1))
    ;;
  esac
}

# answer_of FUNCTION REGION QUESTION: how a function answers a question about itself.
answer_of() {
  printf '{"antipode:verify":{"name":"%s"}}' "$3" >"$work/question.json"
  aws lambda invoke --region "$2" --function-name "$1" --payload "fileb://$work/question.json" \
    "$work/answer.json" >/dev/null 2>"$work/error" || {
    tr '\n' ' ' <"$work/error"
    return
  }
  cat "$work/answer.json"
}

check_stack() {
  local stack region
  stack=$(stack_of "$1")
  region=$(region_of "$1")
  check "$region stack $stack" "$(status_of "$stack" "$region" 2>&1)" '@(CREATE|UPDATE|IMPORT)_COMPLETE'
}

check_cluster() {
  local stack region arn
  stack=$(stack_of "$1")
  region=$(region_of "$1")
  arn=$(output_of "$stack" "$region" ClusterArn 2>&1) || arn="none: ${arn##*: }"
  # shellcheck disable=SC2016 # backticks are JMESPath's
  check "$region cluster ${arn##*/}" "$(aws dsql get-cluster --region "$region" \
    --identifier "${arn##*/}" --output text \
    --query 'join(`, `, [status, multiRegionProperties.witnessRegion, to_string(length(multiRegionProperties.clusters))])' 2>&1 |
    tr '\n' ' ')" "@(ACTIVE|IDLE|INACTIVE), $witness_region, 2*"
}

check_functions() {
  local region names name
  region=$(region_of "$1")
  # A list that nobody can read would leave nothing to check, and so no failure.
  names=$(aws cloudformation list-stack-resources --region "$region" \
    --stack-name "$(stack_of "$1")" --output text \
    --query "StackResourceSummaries[?ResourceType=='AWS::Lambda::Function'].PhysicalResourceId" \
    2>&1) || {
    check "$region functions of $(stack_of "$1")" "$(printf '%s' "$names" | tr '\n' ' ')" 'a list'
    return
  }
  for name in $names; do
    case $name in
    *-migrate)
      check "$region migrations of $name" "$(answer_of "$name" "$region" migrations)" \
        '*"pending":\[\]*"problems":\[\]*"missingTables":\[\]*'
      ;;
    *) check "$region connection of $name" "$(answer_of "$name" "$region" connection)" '{"region":*' ;;
    esac
  done
}

check_alarms() {
  local region
  region=$(region_of "$1")
  check "$region alarms that ring" "$(aws cloudwatch describe-alarms --region "$region" \
    --alarm-name-prefix "$function_prefix-" --state-value ALARM --output text \
    --query 'MetricAlarms[].AlarmName' 2>&1)" ''
}

prepare
[ -z "$dry_run" ] || fail 'it changes nothing, so there is nothing to try: leave --dry-run out'
shopt -s extglob
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for part in data-primary data-secondary data-peering primary secondary; do check_stack "$part"; done
for part in data-primary data-secondary; do check_cluster "$part"; done
for part in primary secondary; do
  check_functions "$part"
  check_alarms "$part"
done
if [ "$failures" -gt 0 ]; then
  say "$failures checks of $service have failed"
  exit 1
fi
say "$service works in $primary_region and $secondary_region"
