# Lists what the benchmarks report beside a limit (see limit.go): the share of the
# limit that is used up, and whether it is kept.
/^Benchmark/ {
	for (i = 3; i <= NF; i++)
		if ($i ~ /-of-limit$/) {
			name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
			what = $i; sub(/-of-limit$/, "", what)
			line[++n] = sprintf("%-44s %-18s %8.3f  %s", name, what, $(i - 1), $(i - 1) <= 1 ? "kept" : "missed")
		}
}
END {
	if (n == 0) exit
	printf "\n%-44s %-18s %8s\n", "benchmark", "figure", "of limit"
	for (i = 1; i <= n; i++) print line[i]
}
