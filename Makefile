# One target per thing a person does; CI calls these and nothing else.

GO          ?= go
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
TYPESCRIPT  := typescript@5.9.3
AXE         := 4.14.1
JSQR        := 1.4.0
CYCLONEDX   := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# How long make fuzz stays with each target.
FUZZTIME ?= 60s

# The race detector needs a C compiler; go env knows whether there is one. It also
# slows everything down and so hides faults of timing: CI runs the tests of the line, the
# seats and the sockets without it too (PKG says which packages, AGAIN=1 leaves out tests
# whose steps come one after the other; make soak runs all of them both ways).
# Four packages always go without it. internal/simulate: a sale by a simulated clock
# happens one step after the other, and the detector makes that four times slower.
# internal/embedded: nearly all its time is spent in SQLite; the tests of every other
# package use it with the detector on. internal/qrread and internal/accent compute, in one
# goroutine, and the detector makes that nine times slower.
PLAIN := usher/internal/simulate,usher/internal/embedded,usher/internal/qrread,usher/internal/accent
# The packages that take longest begin first: one that begins last runs alone.
FIRST := usher/internal/app,usher/booking,usher/queue,usher/internal/chaos,usher/web,usher/internal/store,usher/deploy
RACE := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

# What make dist builds, and where it puts it.
PROGRAMS  ?= usher usher-dev usher-crowd
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
DIST      ?= dist
# The settings of the Go command that change a binary have one value here, whatever the
# machine's are: the same commit and the same Go then give the same bytes.
DIST_ENV  := CGO_ENABLED=0 GOFLAGS= GOEXPERIMENT= GOAMD64=v1 GOARM64=v8.0 GOWORK=off

.PHONY: axe jsqr help run test lint bench bench-against bench-node soak chaos fuzz types build screenshots dist dist-check fmt clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start usher-dev: the whole thing on embedded stores, with a demo season
	@$(GO) build -o bin/usher-dev ./cmd/usher-dev # go run would end with 1 after Ctrl-C
	@exec bin/usher-dev $(ARGS)

test: ## run every test, with the race detector where there is a C compiler; make test RACE= does without
	@$(if $(RACE),true,echo "the tests run without the race detector")
	@command -v redis-server >/dev/null || echo "no redis-server in the PATH: the tests run on the embedded Redis only"
	@command -v chromium >/dev/null || echo "no chromium in the PATH: the browser app is not tested in a browser"
	$(GO) vet ./...
	$(if $(AGAIN),USHER_TEST_AGAIN=$(AGAIN) )$(GO) run ./internal/testkit/gotest -first $(FIRST) -plain $(PLAIN) $(RACE) -vet=off -timeout 20m $(or $(PKG),./...)
	@if command -v node >/dev/null; then USHER_TEST_REQUIRE="$(USHER_TEST_REQUIRE) translations" node --test clients/js/test/*.test.js web/app/test/*.test.js; else echo "no node in the PATH: the JavaScript client and the browser app's pure modules are not tested"; fi

lint: ## formatting, static checks, types of the browser app and of the JavaScript client
	@unformatted=$$($(GO) run $(GOFUMPT) -l .); if [ -n "$$unformatted" ]; then echo "not gofumpt-ed (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) run $(GOLANGCI) run
	cd deploy/check && $(GO) vet ./... && $(GO) test -count 1 ./... # compose.yaml and the Helm chart, by the libraries of Docker and Helm
	@if command -v luacheck >/dev/null; then luacheck -q internal/auth/*.lua internal/limit/*.lua && $(GO) test -count 1 -run '^TestLuacheck$$' ./queue ./booking/...; else echo "no luacheck in the PATH: the Lua scripts are not checked"; fi
	@if command -v npx >/dev/null; then npx --yes -p $(TYPESCRIPT) tsc -p web/app && npx --yes -p $(TYPESCRIPT) tsc -p examples/javascript && echo "browser app: types are right" && \
		types=$$(mktemp -d) && npx --yes -p $(TYPESCRIPT) tsc -p clients/js --outDir $$types && diff -r $$types clients/js/types && rm -r $$types && echo "JavaScript client: types are right (else: make types)"; \
		else echo "no npx in the PATH: the types of the browser app and of the JavaScript client are not checked"; fi

types: ## write the type declarations of the JavaScript client again, after a change of its code
	rm -rf clients/js/types
	npx --yes -p $(TYPESCRIPT) tsc -p clients/js

axe: ## fetch axe-core, with which the tests check every view of the page
	@test -f bin/axe-core/package/axe.min.js && grep -q '"version": "$(AXE)"' bin/axe-core/package/package.json || \
		{ rm -rf bin/axe-core && mkdir -p bin/axe-core && npm pack --silent --pack-destination bin/axe-core axe-core@$(AXE) && tar -xzf bin/axe-core/axe-core-$(AXE).tgz -C bin/axe-core; }

jsqr: ## fetch jsQR, with which the tests read the codes of tickets
	@test -f bin/jsqr/package/dist/jsQR.js && grep -q '"version": "$(JSQR)"' bin/jsqr/package/package.json || \
		{ rm -rf bin/jsqr && mkdir -p bin/jsqr && npm pack --silent --pack-destination bin/jsqr jsqr@$(JSQR) && tar -xzf bin/jsqr/jsqr-$(JSQR).tgz -C bin/jsqr; }

access: axe ## every view by axe-core in English and Arabic, light and dark, from 320 px to 4K, and by keyboard alone
	USHER_SOAK=1 $(GO) test -count 1 -run '^(TestEveryViewIsAccessible|TestByKeyboardAlone)$$' ./internal/app

bench: ## the benchmarks, as ratios measured side by side
	@out=$$(mktemp); { $(GO) test -run '^$$' -bench . -benchmem $(or $(PKG),./...); echo $$? > $$out.status; } | tee $$out; \
	awk -f internal/testkit/limits.awk $$out; status=$$(cat $$out.status); rm -f $$out $$out.status; exit $$status

bench-against: ## holds and purchases of this commit beside those of BASE, in turns (ROUNDS=5)
	@internal/testkit/against.sh $(BASE) $(or $(ROUNDS),5) internal/app BenchmarkHold hold_bench_test.go booking BenchmarkPurchase -

bench-node: ## a whole node beside the bare hub and a plain handler: memory, connects, pushes, turns, a reconnect storm
	CGO_ENABLED=0 $(GO) build -o bin/bench-node/ ./cmd/usher ./cmd/usher-dev ./internal/crowd/benchnode
	bin/bench-node/benchnode $(ARGS)

soak: ## the long runs, and then every test without the race detector
	USHER_SOAK=1 $(GO) run ./internal/testkit/gotest -first $(FIRST) -plain $(PLAIN) $(RACE) -vet=off -timeout 60m ./...
	$(if $(RACE),$(MAKE) test RACE=)

chaos: ## the table of faults: what each costs and how long it takes to heal (ARGS="--long --write", --only id, --list)
	$(GO) build -o bin/test/ ./cmd/usher ./cmd/usher-dev ./internal/chaos/table
	USHER_TEST_PROGRAMS=$(CURDIR)/bin/test bin/test/table $(ARGS)

fuzz: ## feed whatever comes to mind to all that reads bytes from outside, each for FUZZTIME (60s)
	@$(GO) test -list '^Fuzz' ./... | awk '/^Fuzz/ {names[++n] = $$1} /^ok/ {for (i = 1; i <= n; i++) print $$2, names[i]; n = 0}' | \
	while read -r package name; do \
		echo "$$package $$name"; $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$package || exit 1; \
	done

build: ## the programs, in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/...

screenshots: ## take the pictures of the documents again, by chromium (docs/usher.png, docs/screens/)
	USHER_SCREENSHOTS=$(CURDIR)/docs $(GO) test ./internal/app -count 1 -run '^TestTheDocumentsPictures$$'

dist: ## static programs for every platform with their SBOMs and checksums, in dist/
	rm -rf $(DIST) && mkdir -p $(DIST)
	@[ -d .git ] || echo "no folder .git here: these programs will not name their version and commit; build in a clone"
	@for platform in $(PLATFORMS); do for program in $(PROGRAMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; file=$(DIST)/$$program-$$os-$$arch; bom=$$file.cdx.json; \
		if [ $$os = windows ]; then file=$$file.exe; fi; \
		echo "$$file"; \
		$(DIST_ENV) GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -buildvcs=true -ldflags '-s -w -buildid=' -o $$file ./cmd/$$program || exit 1; \
		GOFLAGS=-trimpath $(GO) run $(CYCLONEDX) bin -json -noserial -notimestamp -std -output $$bom $$file 2>$(DIST)/sbom.log || { cat $(DIST)/sbom.log; exit 1; }; \
	done; done
	@rm -f $(DIST)/sbom.log; cd $(DIST) && if command -v sha256sum >/dev/null; then sha256sum usher*; else shasum -a 256 usher*; fi > SHA256SUMS

dist-check: ## build the last commit twice, in two folders with empty caches, and compare the bytes
	@folder=$$(mktemp -d); trap 'chmod -R u+w "$$folder"; rm -rf "$$folder"' EXIT; \
	for side in one two/in/a/longer/path; do \
		git clone -q . "$$folder/$$side" && \
		GOCACHE="$$folder/cache/$$side" $(MAKE) -s -C "$$folder/$$side" dist PLATFORMS=linux/amd64 PROGRAMS=usher || exit 1; \
	done; \
	diff -r "$$folder/one/dist" "$$folder/two/in/a/longer/path/dist" && echo "both builds are the same:" && cat "$$folder/one/dist/SHA256SUMS"

fmt: ## format the code
	$(GO) run $(GOFUMPT) -w .

clean: ## remove what make built
	rm -rf bin dist
