#!/usr/bin/env bash
# Profiles models on a GPU with ONNX Runtime, checks that every kernel is found under the layer that launched it, and prints
# a table: what the profile says, what recording the device costs, and that the clean pass is as fast with it as without.
#
#     Benchmarks/gpu/profile.sh TACHO ONNXRUNTIME MODEL...
#
# ONNXRUNTIME is a folder with a libonnxruntime.so built for CUDA (the wheel onnxruntime-gpu has one in onnxruntime/capi), MODEL
# an .onnx file or a demo model's name. Needs TACHO (with libtacho_inject.so and libTachoLayerHook.so beside it), python3, an
# NVIDIA GPU, and the CUDA libraries of that ONNX Runtime where the loader finds them (LD_LIBRARY_PATH).
# QUERIES=n: profiled queries (default 200). KEEP=folder: reports and logs stay there.
set -uo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
usage='usage: profile.sh TACHO ONNXRUNTIME MODEL...'
tacho=$(readlink -f -- "${1:?$usage}")
onnxruntime=$(readlink -f -- "${2:?$usage}")
shift 2
: "${1:?$usage}"
queries=${QUERIES-200}
if [[ -n ${KEEP-} ]]; then
    mkdir -p "$KEEP" && folder=$(readlink -f -- "$KEEP")
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
# What one run of ONNX Runtime finds to be the fastest algorithm, another may not: then their kernels are not the same.
options=(--onnxruntime "$onnxruntime" --provider cuda --engine-config provider.cudnn_conv_algo_search=HEURISTIC)

# CUPTI comes with the packages of the CUDA libraries; the loader must find it for the injected library.
if [[ -z ${TACHO_CUPTI_LIBRARY-} ]]; then
    TACHO_CUPTI_LIBRARY=$(python3 -c 'import glob, site, sys
paths = [p for s in sys.path + site.getsitepackages() for p in glob.glob(s + "/nvidia/**/libcupti.so.1[0-9]", recursive=True)]
print(paths[0] if paths else "")')
    [[ -z $TACHO_CUPTI_LIBRARY ]] || export TACHO_CUPTI_LIBRARY
fi
echo "CUPTI: ${TACHO_CUPTI_LIBRARY:-as the loader finds it}"

failures=0
for model in "$@"; do
    name=$(basename -- "$model" .onnx)
    run() { # LOG COMMAND...
        local log=$folder/$name.$1.log
        shift
        "$@" >"$log" 2>&1 || { echo "WRONG $name: $* ended with $?" && tail -20 "$log" && failures=1; }
    }
    run profile "$tacho" profile "$model" "${options[@]}" --profile-queries "$queries" --overwrite \
        -o "$folder/$name.tacho" --json "$folder/$name.json" --kernels
    run without "$tacho" profile "$model" "${options[@]}" --profile-queries "$queries" --overwrite \
        -o "$folder/$name-without.tacho" --json "$folder/$name-without.json" --device-activity off
    # The same queries in a program that is traced from outside: the difference of two lengths is what one query launches.
    for count in 20 70; do
        run "trace-$count" "$tacho" trace -q --trace cuda --overwrite -o "$folder/$name-trace-$count.tacho" -- \
            "$tacho" run "$model" "${options[@]}" --iterations $count --warm-up 0 --no-report
    done
    "$tacho" show "$folder/$name.tacho" --kernels --top 12
    "$tacho" show "$folder/$name.tacho" --stats cuda_gpu_kern_sum | cut -c1-160 | head -12
    python3 "$here/profile.py" "$folder" "$name" 20 70 || failures=1
done
exit $failures
