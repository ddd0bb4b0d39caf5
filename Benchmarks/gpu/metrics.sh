#!/usr/bin/env bash
# Samples a GPU's metrics while PyTorch runs phases of known kinds, checks that they say what each phase did, and prints
# what was got: samples a second, means by phase, and what sampling costs.
#
#     Benchmarks/gpu/metrics.sh TACHO [SECONDS a phase]
#
# Needs nothing but TACHO (a binary with libtacho_inject.so beside it), python3 with PyTorch, and an NVIDIA GPU. The hardware's
# counters need the right to read them (root, or NVreg_RestrictProfilingToAdminUsers=0); without, the notes say so.
set -uo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
tacho=$(readlink -f -- "${1:?usage: metrics.sh TACHO [SECONDS]}")
seconds=${2-2}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# CUPTI comes with PyTorch's own packages.
if [[ -z ${TACHO_CUPTI_LIBRARY-} ]]; then
    TACHO_CUPTI_LIBRARY=$(python3 -c 'import glob, site, sys
paths = [p for s in sys.path + site.getsitepackages() for p in glob.glob(s + "/nvidia/**/libcupti.so.1[0-9]", recursive=True)]
print(paths[0] if paths else "")')
    [[ -z $TACHO_CUPTI_LIBRARY ]] || export TACHO_CUPTI_LIBRARY
fi
echo "CUPTI: ${TACHO_CUPTI_LIBRARY:-as the loader finds it}"

run() { # NAME OPTIONS...: the program under tacho
    local name=$1
    shift
    "$tacho" trace -q -o "$folder/$name.tacho" "$@" -- python3 "$here/metrics.py" "$seconds" >"$folder/$name.out" \
        2>"$folder/$name.err" || cat "$folder/$name.err"
}
figure() { python3 -c 'import json, sys
for line in open(sys.argv[1]):
    if line.startswith("{"): print(round(json.loads(line)[sys.argv[2]], 1))' "$folder/$1.out" "$2"; }

python3 "$here/metrics.py" "$seconds" >"$folder/alone.out"
run plain --trace nvtx,cuda
run os --trace nvtx,cuda,os
run nvml --trace nvtx,cuda,metrics --gpu-metrics-frequency 0
run metrics --trace nvtx,cuda,metrics
run fast --trace nvtx,cuda,metrics --gpu-metrics-frequency 50000
run all --sample 1000

printf '\n%-34s %16s %14s %10s\n' 'cost' 'convolutions us' 'matmul TFLOP/s' 'report MB'
for name in alone plain os nvml metrics fast all; do
    printf '%-34s %16s %14s %10s\n' "$name" "$(figure $name us)" "$(figure $name tflops)" \
        "$(stat -c %s "$folder/$name.tacho" 2>/dev/null | awk '{printf "%.1f", $1 / 1e6}')"
done

for name in metrics fast; do
    python3 "$here/metrics_table.py" "$folder/$name.tacho" $([[ $name == fast ]] && echo 50000 || echo 10000) || failed=1
done
printf '\nnotes and losses\n'
for name in plain os nvml metrics fast all; do
    python3 -c 'import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
for (text,) in database.execute("SELECT text FROM warning"): print(sys.argv[2] + ":", text)
for row in database.execute("SELECT reason, count, remedy FROM data_loss"): print(sys.argv[2] + ": lost", row)' "$folder/$name.tacho" $name
done
for statistic in metric_sum thread_sum cpu_samples_sum; do
    "$tacho" show "$folder/all.tacho" --stats $statistic | cut -c1-170 | head -24
done
exit ${failed-0}
