#!/usr/bin/env bash
# Traces PyTorch on a GPU and checks what was found against what the program did. What tracing costs, cost.py tells.
#
#     Benchmarks/gpu/trace.sh TACHO [ITERATIONS]
#
# Needs nothing but TACHO (a binary with libtacho_inject.so beside it), python3 with PyTorch, and an NVIDIA GPU.
set -uo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
tacho=$(readlink -f -- "${1:?usage: trace.sh TACHO [ITERATIONS]}")
iterations=${2-2000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
check() { # WORDS EXPECTED FOUND
    if [[ $2 == "$3" ]]; then echo "ok    $1: $3"; else echo "WRONG $1: expected $2, found $3" && failures=1; fi
}
sql() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }

# CUPTI comes with PyTorch's own packages; the loader must find it for the injected library.
if [[ -z ${TACHO_CUPTI_LIBRARY-} ]]; then
    TACHO_CUPTI_LIBRARY=$(python3 -c 'import glob, site, sys
paths = [p for s in sys.path + site.getsitepackages() for p in glob.glob(s + "/nvidia/**/libcupti.so.1[0-9]", recursive=True)]
print(paths[0] if paths else "")')
    [[ -z $TACHO_CUPTI_LIBRARY ]] || export TACHO_CUPTI_LIBRARY
fi
echo "CUPTI: ${TACHO_CUPTI_LIBRARY:-as the loader finds it}"
count='SELECT count(*) FROM slice JOIN label ON label.id = slice.label JOIN name ON name.id = label.name WHERE'

printf '%-8s %12s %14s %12s\n' loop events 'bytes an event' MB
for mode in eager graph threads; do
    "$tacho" trace -q -o "$folder/$mode.tacho" -- python3 "$here/trace.py" $mode "$iterations" >"$folder/traced" \
        2>"$folder/$mode.err" || cat "$folder/$mode.err"
    bytes=$(stat -c %s "$folder/$mode.tacho")
    events=$(sql "$folder/$mode.tacho" 'SELECT (SELECT count(*) FROM slice) + (SELECT count(*) FROM mark)')
    printf '%-8s %12s %14s %12s\n' $mode "$events" \
        "$(awk -v b="$bytes" -v e="$events" 'BEGIN { printf "%.1f", e ? b / e : 0 }')" \
        "$(awk -v b="$bytes" 'BEGIN { printf "%.1f", b / 1e6 }')"
done

check 'eager: iterations' "$iterations" "$(sql "$folder/eager.tacho" "$count name.text = 'iteration'")"
kernels=$(sql "$folder/eager.tacho" "$count label.kind = 'kernel'")
launches=$(sql "$folder/eager.tacho" "$count label.kind = 'cudaRuntime' AND name.text LIKE 'cudaLaunchKernel%' ")
driver=$(sql "$folder/eager.tacho" "$count label.kind = 'cudaDriver' AND name.text LIKE 'cuLaunchKernel%' AND label.depth = 0")
check 'eager: kernels against launches' "$((launches + driver))" "$kernels"
check 'graph: launches' "$iterations" "$(sql "$folder/graph.tacho" "$count name.text LIKE 'cudaGraphLaunch%'")"
check 'graph: graphs on the device' "$iterations" "$(sql "$folder/graph.tacho" "$count label.kind = 'graph'")"
streams=$(sql "$folder/threads.tacho" "SELECT count(*) >= 4 FROM track WHERE kind = 'cudaStream'")
check 'threads: at least four streams' 1 "$streams"
"$tacho" trace -q -o "$folder/nodes.tacho" --cuda-graph-trace node -- python3 "$here/trace.py" graph 100 >/dev/null 2>&1
check 'graph by nodes: kernels for each replay' 1 \
    "$(sql "$folder/nodes.tacho" "SELECT count(*) >= 2000 FROM slice JOIN label ON label.id = slice.label WHERE kind = 'kernel'")"
"$tacho" trace -q -o "$folder/range.tacho" --capture-range cudaProfilerApi -- \
    python3 "$here/trace.py" profiler 500 >/dev/null 2>"$folder/range.err"
check 'graph by nodes: kernels know their node' 1 \
    "$(sql "$folder/nodes.tacho" "SELECT count(*) >= 2000 FROM slice JOIN label ON label.id = slice.label WHERE kind = 'kernel' AND json_extract(detail, '\$.graph_node') > 0")"
check 'cudaProfilerStart/Stop: kernels inside' 500 "$(sql "$folder/range.tacho" "$count label.kind = 'kernel'")"
# Collection follows an NVTX range and the clock: what lies outside is not collected.
"$tacho" trace -q -o "$folder/first.tacho" --capture-range nvtx:iteration -- \
    python3 "$here/trace.py" eager 50 >/dev/null 2>"$folder/first.err"
check 'nvtx range: iterations' 1 "$(sql "$folder/first.tacho" "$count name.text = 'iteration'")"
check 'nvtx range: convolutions of one iteration' 1 \
    "$(sql "$folder/first.tacho" "SELECT count(*) BETWEEN 20 AND 120 FROM slice JOIN label ON label.id = slice.label WHERE kind = 'kernel'")"
"$tacho" trace -q -o "$folder/late.tacho" --delay 500s -- python3 "$here/trace.py" eager 50 >/dev/null 2>"$folder/late.err"
check 'delay: nothing before it' 0 "$(sql "$folder/late.tacho" 'SELECT count(*) FROM slice')"
# The weights and the images live on the device: their blocks are found, and what is live at the end is not negative.
check 'memory: allocations' 1 \
    "$(sql "$folder/eager.tacho" "SELECT count(*) > 0 FROM slice JOIN label ON label.id = slice.label WHERE kind = 'allocation'")"
# Calls of CUDA that only ask the host are left out, or not.
check 'eager: no cudaGetDevice' 0 "$(sql "$folder/eager.tacho" "$count name.text = 'cudaGetDevice'")"
"$tacho" trace -q -o "$folder/all.tacho" --cuda-trace-all-apis -- python3 "$here/trace.py" eager 100 >/dev/null 2>&1
check 'all APIs: cudaGetDevice' 1 "$(sql "$folder/all.tacho" "SELECT count(*) > 1000 FROM slice JOIN label ON label.id = slice.label JOIN name ON name.id = label.name WHERE name.text = 'cudaGetDevice'")"
check 'eager: each kernel has its launch' "$kernels" "$(sql "$folder/eager.tacho" "SELECT count(*) FROM slice AS kernel JOIN label AS k ON k.id = kernel.label AND k.kind = 'kernel' WHERE kernel.correlation IN (SELECT correlation FROM slice JOIN label ON label.id = slice.label WHERE kind IN ('cudaRuntime', 'cudaDriver'))")"
check 'eager: waits know their stream' 1 "$(sql "$folder/eager.tacho" "SELECT count(*) > 0 FROM slice JOIN label ON label.id = slice.label JOIN track ON track.id = label.track WHERE label.kind = 'synchronisation' AND stream IN (SELECT stream FROM track WHERE kind = 'cudaStream')")"
for mode in eager graph threads nodes range first all; do
    check "$mode: losses" 0 "$(sql "$folder/$mode.tacho" 'SELECT count(*) FROM data_loss')"
    sql "$folder/$mode.tacho" "SELECT coalesce(group_concat(text, '; '), 'no notes') FROM warning"
done
for name in cuda_gpu_kern_sum cuda_api_sum cuda_kern_exec_sum nvtx_gpu_proj_sum cuda_mem_sum gap_sum; do
    "$tacho" show "$folder/eager.tacho" --stats $name | cut -c1-160 | head -12
done
for name in eager graph threads; do "$tacho" show "$folder/$name.tacho"; done
"$tacho" show "$folder/eager.tacho" --stats gap_sum --range iteration
exit $failures
