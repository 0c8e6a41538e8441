# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that read this file use its variables
# What the three scripts share: options, prompts, calls that a dry run only prints, and the state of
# stacks. It runs with Bash 3.2, which macOS has.

set -euo pipefail

# With it, cd prints the folder too.
unset CDPATH
here=$(cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)
templates=
yes=
dry_run=
bucket_prefix=antipode-code
given=()
parameters=()
finished=()
step=
is_over=

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# quoted WORD...: the words as a shell reads them; those of harmless characters stay as they are.
quoted() {
  local word line=
  for word in "$@"; do
    case $word in
    *[\$\`\"\\!]*) word="'${word//\'/\'\\\'\'}'" ;;
    *\'*) word="\"$word\"" ;;
    '' | *[!A-Za-z0-9_./:=@,+%-]*) word="'$word'" ;;
    esac
    line="$line${line:+ }$word"
  done
  printf '%s\n' "$line"
}

# call COMMAND...: runs a command that changes something, or prints it in a dry run.
call() {
  if [ -n "$dry_run" ]; then
    quoted "$@"
  else
    "$@" >/dev/null
  fi
}

# ask ANSWER COMMAND...: the answer of a command that reads. A dry run prints the command to the
# error output, and goes on with ANSWER.
ask() {
  local answer=$1
  shift
  if [ -n "$dry_run" ]; then
    quoted "$@" >&2
    printf '%s\n' "$answer"
  else
    "$@"
  fi
}

# has COMMAND...: whether a thing is there, by a command that reads it. A dry run finds nothing.
has() {
  if [ -n "$dry_run" ]; then
    quoted "$@" >&2
    return 1
  fi
  "$@" >/dev/null 2>&1
}

# begin TEXT: the step that is said to have failed if the script ends in it.
begin() {
  step=$*
  say "== $step"
}

# done_with: the step has ended well.
done_with() {
  finished+=("$step")
  step=
}

# Says what was done and how to go on, where a script ends before its end.
report_stop() {
  local code=$? one
  [ -z "$is_over" ] && [ "$code" -ne 0 ] && [ -n "$step" ] || return 0
  {
    say
    say "Stopped at: $step"
    for one in ${finished[@]+"${finished[@]}"}; do say "Done: $one"; done
    say "Go on, when the cause is mended, with the same command: $(quoted "$0" ${given[@]+"${given[@]}"})"
  } >&2
}

# tell_of_stops: has report_stop run at the end of the script. Bash ends by Ctrl-C with the status
# of the last command, which may be 0, unless a trap gives another one.
tell_of_stops() {
  trap report_stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# setting NAME: a value of service.txt, which the build writes.
setting() {
  local name value
  while read -r name value; do
    if [ "$name" = "$1" ]; then
      printf '%s\n' "$value"
      return
    fi
  done <"$templates/service.txt"
}

# parameter NAME: the value of a parameter, as given or by default.
parameter() {
  local one
  for one in ${parameters[@]+"${parameters[@]}"}; do
    if [ "${one%%=*}" = "$1" ]; then
      printf '%s\n' "${one#*=}"
      return
    fi
  done
  setting "$1"
}

# set_parameter NAME=VALUE: gives a parameter its value, instead of one that was given before.
set_parameter() {
  local one kept=()
  case $1 in
  [A-Z]*=*) ;;
  *) fail "$1 is no parameter: write it as Name=Value, such as Environment=production" ;;
  esac
  for one in ${parameters[@]+"${parameters[@]}"}; do
    [ "${one%%=*}" = "${1%%=*}" ] || kept+=("$one")
  done
  parameters=(${kept[@]+"${kept[@]}"} "$1")
}

# need_value OPTION COUNT: refuses an option without its value.
need_value() { [ "$2" -ge 2 ] || fail "$1 needs a value: see ${0##*/} --help"; }

# read_option ARGUMENT...: reads an option that all scripts have, and sets `shifted` to the number
# of its words; 0 where it is none of them.
read_option() {
  shifted=2
  case $1 in
  --templates) need_value "$1" $# && templates=$2 ;;
  --primary-region) need_value "$1" $# && set_parameter "PrimaryRegion=$2" ;;
  --secondary-region) need_value "$1" $# && set_parameter "SecondaryRegion=$2" ;;
  --witness-region) need_value "$1" $# && set_parameter "WitnessRegion=$2" ;;
  --parameter) need_value "$1" $# && set_parameter "$2" ;;
  --bucket-prefix) need_value "$1" $# && bucket_prefix=$2 ;;
  --yes) yes=yes shifted=1 ;;
  --dry-run) dry_run=yes shifted=1 ;;
  --help) usage && exit 0 ;;
  *) shifted=0 ;;
  esac
}

common_options='  --templates DIR           the folder that npm run build:cloudformation has written;
                            the folder of this script unless given
  --primary-region NAME     one of the two Regions that serve
  --secondary-region NAME   the other one
  --witness-region NAME     holds the log of DSQL; nothing runs there
  --parameter NAME=VALUE    a parameter of the templates, such as Environment=production;
                            may be repeated
  --bucket-prefix NAME      begins the names of the two buckets with the code, which go on with
                            the account and the Region; antipode-code unless given
  --yes                     asks nothing
  --dry-run                 prints each call of the aws command, and makes none
  --help                    prints this text'

# prompt NAME TEXT: asks for a parameter on a terminal, with its value so far as the answer to Enter.
prompt() {
  local answer
  [ -z "$yes$dry_run" ] || return 0
  read -r -p "$2 [$(parameter "$1")]: " answer
  [ -z "$answer" ] || set_parameter "$1=$answer"
}

# confirm TEXT ANSWER: ends the script unless a person types ANSWER.
confirm() {
  local answer
  [ -z "$yes$dry_run" ] || return 0
  read -r -p "$1 Type $2 to go on: " answer
  [ "$answer" = "$2" ] || fail 'nothing was changed'
}

# Reads service.txt, asks for Regions on a terminal, and names the stacks and the buckets.
prepare() {
  local set one count
  [ -n "$templates" ] || templates=$here
  # Commands take a name that begins with a dash for an option.
  case $templates in -*) templates=./$templates ;; esac
  [ -f "$templates/service.txt" ] ||
    fail "$templates has no service.txt: run npm run build:cloudformation, and give its folder by --templates"
  if [ -z "$yes$dry_run" ] && [ ! -t 0 ]; then
    fail 'there is no terminal to ask: give --yes, or --dry-run'
  fi
  prompt PrimaryRegion 'Primary Region'
  prompt SecondaryRegion 'Secondary Region'
  prompt WitnessRegion 'Witness Region'
  service=$(setting Service)
  primary_region=$(parameter PrimaryRegion)
  secondary_region=$(parameter SecondaryRegion)
  witness_region=$(parameter WitnessRegion)
  cluster_prefix=$(parameter ClusterNamePrefix)-$service
  function_prefix=$(parameter LambdaFunctionPrefix)-$service
  key_prefix=$function_prefix/
  # DSQL would refuse the Regions after the first stack was made.
  while read -r one set; do
    [ "$one" = RegionSet ] || continue
    count=0
    for one in $primary_region $secondary_region $witness_region; do
      case " $set " in *" $one "*) count=$((count + 1)) ;; esac
    done
    if [ "$count" -eq 3 ] && [ "$primary_region" != "$secondary_region" ] &&
      [ "$primary_region" != "$witness_region" ] && [ "$secondary_region" != "$witness_region" ]; then
      return
    fi
  done <"$templates/service.txt"
  fail "DSQL does not peer clusters in $primary_region and $secondary_region with the witness $witness_region: take three Regions of one line of $(quoted grep RegionSet "$templates/service.txt")"
}

region_of() {
  case $1 in
  *secondary) printf '%s\n' "$secondary_region" ;;
  *) printf '%s\n' "$primary_region" ;;
  esac
}

stack_of() {
  case $1 in
  data-*) printf '%s\n' "$cluster_prefix-$1" ;;
  *) printf '%s\n' "$function_prefix-$1" ;;
  esac
}

read_account() {
  account=$(ask ACCOUNT aws sts get-caller-identity --query Account --output text)
}

bucket_in() { printf '%s\n' "$bucket_prefix-$account-$1"; }

# status_of STACK REGION: the status of a stack; NONE where there is none.
status_of() {
  local answer
  local question=(aws cloudformation describe-stacks --region "$2" --stack-name "$1"
    --query 'Stacks[0].StackStatus' --output text)
  if [ -n "$dry_run" ]; then
    ask NONE "${question[@]}"
    return
  fi
  if answer=$("${question[@]}" 2>&1); then
    printf '%s\n' "$answer"
    return
  fi
  case $answer in
  *'does not exist'*) printf 'NONE\n' ;;
  *) printf '%s\n' "$answer" >&2 && return 1 ;;
  esac
}

# output_of STACK REGION NAME: an output of a stack.
output_of() {
  ask "$3-of-$1" aws cloudformation describe-stacks --region "$2" --stack-name "$1" \
    --query "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue" --output text
}

# wait_for STACK REGION [STATUS]: waits while a stack changes, or is in STATUS, and prints its status
# then.
wait_for() {
  local status
  while :; do
    status=$(status_of "$1" "$2") || return
    case $status in
    "${3:-}") ;;
    REVIEW_IN_PROGRESS | *_COMPLETE | *_FAILED | NONE) break ;;
    esac
    sleep "${POLL_SECONDS:-5}"
  done
  printf '%s\n' "$status"
}

# show_failures STACK REGION: the reasons why resources of a stack failed, the last one first.
show_failures() {
  aws cloudformation describe-stack-events --region "$2" --stack-name "$1" \
    --query "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason]" \
    --output text 2>/dev/null | head -n 10 >&2 || true
}
