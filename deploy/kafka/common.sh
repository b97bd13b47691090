# What start and stop share: where each local Kafka keeps its folder, and whether its process is alive.
# Sourced by both; does nothing by itself.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run="$here/run"

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

need_port() {
    [[ "$1" =~ ^[0-9]+$ ]] && (($1 >= 1024 && $1 <= 65533)) ||
        fail "'$1' is not a port between 1024 and 65533."
}

# The process id of the Kafka of this folder, if it is alive. Its command line names the folder, so that a number which
# the system gave to another program in the meantime is never taken for ours.
alive() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || return 1
    kill -0 "$pid" 2>/dev/null || return 1
    case "$(ps -o args= -p "$pid" 2>/dev/null)" in
        *"$1/server.properties"*) echo "$pid" ;;
        *) return 1 ;;
    esac
}

# One start or stop of a port at a time; the lock ends with the script.
lock() {
    mkdir -p "$run"
    exec 9>"$run/$1.lock"
    if command -v flock >/dev/null; then flock 9; fi
}
