#!/bin/bash
# gcloud docker -- push IMAGE is docker push IMAGE, with a login that nobody needs here.
if [ "$1" = docker ]; then
    shift
    [ "$1" = -- ] && shift
    exec docker "$@"
fi
echo "ERROR: (gcloud) of gcloud only \`gcloud docker -- push\` is simulated" >&2
exit 2
