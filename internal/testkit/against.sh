#!/usr/bin/env bash
# Runs benchmarks of this commit and of an earlier one in turns, and prints the ratio of
# each figure. Machines differ from hour to hour, so only figures of one run are compared.
#
#   against.sh COMMIT ROUNDS PACKAGE BENCHMARK FILE [PACKAGE BENCHMARK FILE]…
#
# FILE is a file of this commit that replaces the earlier one, where the benchmark itself
# was mended since; - is none.
# For ns/op and everything that ends in -ms, less is better; for all others, more is.
# BENCHTIME is as in go test. The programs stand in bin/against.
set -euo pipefail
base=$1 rounds=$2
shift 2
here=$PWD
out=$here/bin/against
then=$(mktemp -d)
mkdir -p "$out"
git worktree add -q --detach "$then" "$base"
trap 'git worktree remove --force "$then"' EXIT
results=$(mktemp)
build() { # TREE NAME PACKAGE
	(cd "$1" && go test -c -o "$out/$2" "$3")
}
run() { # NAME TREE PACKAGE BENCHMARK
	(cd "$2/$3" && "$out/$1" -test.run '^$' -test.bench "^$4\$" -test.benchtime "${BENCHTIME:-2s}") >"$results.run" 2>&1 || { cat "$results.run" >&2; exit 1; }
	sed -n "s/^Benchmark/$5 &/p" "$results.run" | tee -a "$results" >&2
}
n=0
while [ $# -gt 0 ]; do
	package=$1 benchmark=$2
	[ "$3" = - ] || cp "$package/$3" "$then/$package/$3"
	shift 3
	n=$((n + 1))
	build "$then" "before$n" "./$package"
	build "$here" "now$n" "./$package"
	for ((round = 0; round < rounds; round++)); do
		# Who is first changes: the second finds warm caches.
		if ((round % 2)); then
			run "now$n" "$here" "$package" "$benchmark" now
			run "before$n" "$then" "$package" "$benchmark" before
		else
			run "before$n" "$then" "$package" "$benchmark" before
			run "now$n" "$here" "$package" "$benchmark" now
		fi
	done
done
awk '
	{ for (i = 4; i < NF; i += 2) { key = $2 " " $(i + 1); if (!(key in seen)) { seen[key] = 1; order[++keys] = key } value[$1, key, ++count[$1, key]] = $i } }
	function median(side, key,    n, i, j, t, v) {
		n = count[side, key]
		for (i = 1; i <= n; i++) v[i] = value[side, key, i]
		for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	END {
		printf "%-34s %-24s %12s %12s %8s\n", "benchmark", "figure (median)", "before", "now", "speed"
		for (k = 1; k <= keys; k++) {
			split(order[k], name, " ")
			if (name[2] ~ /-of-limit$/ || !count["before", order[k]] || !count["now", order[k]]) continue
			before = median("before", order[k]); now = median("now", order[k])
			if (before == 0 || now == 0) continue
			printf "%-34s %-24s %12.4g %12.4g %8.3f\n", name[1], name[2], before, now, name[2] ~ /-ms$|^ns\/op$|per|documents|round-trips/ ? before / now : now / before
		}
	}' "$results"
rm -f "$results" "$results.run"
