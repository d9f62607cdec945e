#!/bin/bash
# The one package that can be installed is there already.
if [ "$1" != install ]; then
    echo "ERROR: only pip install is simulated" >&2
    exit 1
fi
shift
for name in "$@"; do
    case "$name" in
        -*) ;;
        jinja2 | Jinja2) echo "Requirement already satisfied: jinja2" ;;
        *)
            echo "ERROR: Could not find a version that satisfies the requirement $name (from versions: none)" >&2
            echo "ERROR: No matching distribution found for $name" >&2
            exit 1
            ;;
    esac
done
