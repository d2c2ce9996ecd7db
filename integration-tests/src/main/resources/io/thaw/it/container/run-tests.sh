#!/bin/bash
# Runs in the container: run-tests CHECKOUT [ARGS of ./dev it]. The checkout is a volume that holds a copy of /src from the last time.
set -euo pipefail
cd "$1"
shift
rsync -a --delete --exclude=/.git --exclude='/integration-tests/target/*-reports' --exclude=/integration-tests/target/in-container \
  --exclude=/integration-tests/target/it-logs /src/ ./
status=0
./dev it "$@" || status=$?
rm -rf /results/*
for results in failsafe-reports it-logs; do
  [ ! -d "integration-tests/target/$results" ] || cp -r "integration-tests/target/$results" /results/
done
# Whoever owns the checkout owns what was written beside it.
chown -R --reference=/src /results
chown -R --reference="$MAVEN_REPO_LOCAL" "$MAVEN_REPO_LOCAL"
exit "$status"
