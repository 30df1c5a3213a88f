package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// TestTheReport reads events as go test -json writes them.
func TestTheReport(t *testing.T) {
	events := `{"Action":"start","Package":"m/good"}
{"Action":"run","Package":"m/good","Test":"TestA"}
{"Action":"output","Package":"m/good","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"m/good","Test":"TestA","Output":"    a_test.go:3: a log line\n"}
{"Action":"output","Package":"m/good","Test":"TestA","Output":"--- PASS: TestA (2.50s)\n"}
{"Action":"pass","Package":"m/good","Test":"TestA","Elapsed":2.5}
{"Action":"run","Package":"m/good","Test":"TestB"}
{"Action":"output","Package":"m/good","Test":"TestB","Output":"    a_test.go:9: takes minutes: make soak\n"}
{"Action":"output","Package":"m/good","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"m/good","Test":"TestB","Elapsed":0}
{"Action":"output","Package":"m/good","Output":"PASS\n"}
{"Action":"output","Package":"m/good","Output":"ok  \tm/good\t2.600s\n"}
{"Action":"pass","Package":"m/good","Elapsed":2.6}
{"Action":"output","Package":"m/none","Output":"?   \tm/none\t[no test files]\n"}
{"Action":"skip","Package":"m/none","Elapsed":0}
{"Action":"run","Package":"m/bad","Test":"TestC"}
{"Action":"output","Package":"m/bad","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"run","Package":"m/bad","Test":"TestC/one"}
{"Action":"output","Package":"m/bad","Test":"TestC/one","Output":"=== RUN   TestC/one\n"}
{"Action":"output","Package":"m/bad","Test":"TestC/one","Output":"    c_test.go:3: this passes\n"}
{"Action":"run","Package":"m/bad","Test":"TestC/two"}
{"Action":"output","Package":"m/bad","Test":"TestC/two","Output":"    c_test.go:4: wrong\n"}
{"Action":"output","Package":"m/bad","Test":"TestC","Output":"--- FAIL: TestC (4.00s)\n"}
{"Action":"output","Package":"m/bad","Test":"TestC/one","Output":"    --- PASS: TestC/one (1.00s)\n"}
{"Action":"pass","Package":"m/bad","Test":"TestC/one","Elapsed":1}
{"Action":"output","Package":"m/bad","Test":"TestC/two","Output":"    --- FAIL: TestC/two (3.00s)\n"}
{"Action":"fail","Package":"m/bad","Test":"TestC/two","Elapsed":3}
{"Action":"fail","Package":"m/bad","Test":"TestC","Elapsed":4}
{"Action":"run","Package":"m/bad","Test":"TestD"}
{"Action":"output","Package":"m/bad","Test":"TestD","Output":"panic: at the disco\n"}
{"Action":"output","Package":"m/bad","Output":"FAIL\tm/bad\t4.100s\n"}
{"Action":"fail","Package":"m/bad","Elapsed":4.1}
{"ImportPath":"m/broken","Action":"build-output","Output":"broken.go:1:1: expected 'package'\n"}
{"ImportPath":"m/broken","Action":"build-fail"}
{"Action":"output","Package":"m/broken","Output":"FAIL\tm/broken [build failed]\n"}
{"Action":"fail","Package":"m/broken","Elapsed":0,"FailedBuild":"m/broken"}
`
	const want = `ok  	m/good	2.600s
?   	m/none	[no test files]
--- FAIL: TestC (4.00s)
    c_test.go:4: wrong
    --- FAIL: TestC/two (3.00s)
panic: at the disco
FAIL	m/bad	4.100s
broken.go:1:1: expected 'package'
FAIL	m/broken [build failed]

slowest tests:
    4.0 s  m/bad TestC
    2.5 s  m/good TestA
skipped 1: takes minutes: make soak
`
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	r.end()
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}

// TestTheStatusIsThatOfGoTest keeps a failure a failure.
func TestTheStatusIsThatOfGoTest(t *testing.T) {
	r := newReport(io.Discard)
	if status, err := run(r, []string{"-run", "^$", "usher/internal/fault"}); status != 0 || err != nil {
		t.Errorf("a package that passes: %d %v", status, err)
	}
	if status, _ := run(r, []string{"usher/nowhere"}); status == 0 {
		t.Error("a package that does not exist passes")
	}
	if status, err := runAll([]string{"-plain", "usher/internal/accent", "-run", "^$", "-race", "usher/internal/fault"}); status != 0 || err != nil {
		t.Errorf("a package that is not asked for goes without the race detector: %d %v", status, err)
	}
	if _, err := runAll([]string{"-plain", "usher/nowhere", "-race", "usher/internal/fault"}); err == nil {
		t.Error("a package that is not tested at all goes without the race detector")
	}
}

// TestLongPackagesBeginFirst: the order of -first, then that of go list; what the pattern
// does not name stays out.
func TestLongPackagesBeginFirst(t *testing.T) {
	got := inOrder([]string{"m/a", "m/b", "m/c", "m/d"}, []string{"m/c", "m/elsewhere", "m/a"})
	if want := []string{"m/c", "m/a", "m/b", "m/d"}; !slices.Equal(got, want) {
		t.Errorf("packages begin as %v, want %v", got, want)
	}
	first, rest := packagesOf("-first", []string{"-first", "m/c,m/a", "-race", "./..."})
	if !slices.Equal(first, []string{"m/c", "m/a"}) || !slices.Equal(rest, []string{"-race", "./..."}) {
		t.Errorf("-first is read as %v, the rest as %v", first, rest)
	}
	if isPattern("20m") || isPattern("-race") || !isPattern("./...") || !isPattern("usher/hub") {
		t.Error("a value of a flag is taken for a pattern, or the other way round")
	}
}
