# Thin on purpose: every target is a command or two that work by hand as well.

ARGS ?=
ROUNDS ?= 1000000
LIVES ?= 25
CRASHES ?= 100000
KILLS ?= 100
SEEDS ?=
FIRST ?= 1
NILOMETER = .build/release/nilometer
COMMIT = $(shell git describe --always --exclude '*' --abbrev=12 --dirty=+ 2>/dev/null)
LINTED = -r -p Sources Tests Package.swift

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run bench build test seeds fuzz torture tsan asan lint format docs clean setup

help: ## this list
	@echo 'Nilometer. Start with "make run" or "make test"; ARGS="…" goes to nilometer or to swift test.'
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile

run: build ## install what is missing, build, measure this machine, print the verdicts, write Results/
	$(NILOMETER) run $(ARGS)

bench: build ## the same with the full suite, which leaves nothing out
	$(NILOMETER) run --suite full $(ARGS)

build: setup ## the release build of nilometer
	NILOMETER_COMMIT='$(COMMIT)' swift build -c release --product nilometer

test: setup ## install what is missing, run every test, many seeds, then the concurrent tests under ThreadSanitizer
	Scripts/test $(ARGS)
	$(MAKE) --no-print-directory seeds
	$(MAKE) --no-print-directory tsan ARGS=

seeds: setup ## 300 seeds of each simulated protocol from FIRST on, or SEEDS, then every planted mistake, then the readers of files
	swift build -c release --product RingProbe -Xswiftc -DPLANTED_DEFECTS \
	    --scratch-path .build/seeds
	.build/seeds/release/RingProbe scenarios --runs $(or $(SEEDS),300) --first $(FIRST)
	.build/seeds/release/RingProbe zoo
	swift build -c release --product FuzzProbe -Xswiftc -DPLANTED_DEFECTS \
	    --scratch-path .build/seeds
	.build/seeds/release/FuzzProbe

fuzz: setup ## a minute of libFuzzer for each reader of what others wrote; ARGS="--seconds 600 log" and the like
	Scripts/fuzz $(ARGS)

torture: setup ## the long versions of tests, for a night: sleepers and wakers, crashes, kills, fuzzing, power cuts, seeds
	NILOMETER_TEST_ROUNDS=$(ROUNDS) Scripts/test \
	    --filter '^(Channels|MemoryExplorer)Tests\.' $(ARGS)
	rm -f .build/crashes
	NILOMETER_TEST_TORTURE=$(LIVES) NILOMETER_TEST_CRASHES=$(CURDIR)/.build/crashes Scripts/test \
	    --filter '^(Pharaoh|Storage|StorageFaults)Tests\.' $(ARGS)
	awk '{ sum += $$1 } END { print "torture:", sum + 0, "crashes, no promise broken"; \
	    exit sum < $(CRASHES) }' .build/crashes
	NILOMETER_TEST_KILLS=$(KILLS) Scripts/test --filter '^NilometerCLITests\.(NodeKillTests)' $(ARGS)
	Scripts/fuzz
	$(MAKE) --no-print-directory seeds SEEDS=$(or $(SEEDS),10000)
	Scripts/cut-power .build/debug/StorageProbe 20 || [ $$? -eq 77 ]

tsan: setup ## what threads share, under ThreadSanitizer
	TSAN_OPTIONS='halt_on_error=1 suppressions="$(CURDIR)/Scripts/fixtures/thread-sanitizer.supp"' \
	    Scripts/test --sanitize thread \
	    -Xswiftc -DWATCHED_BY_THREAD_SANITIZER \
	    --scratch-path .build/tsan --filter '^(Channels|SharedNothing)Tests\.' \
	    --filter '^StorageTests\.(CommitExecutor|CommitQueue|Gate|IOWorker|SharedAppendFile|KeyValueStore)Tests' \
	    --filter '^ShenRingTests\.(RingView|SnapshotCell)Tests' --filter '^ClusterTests\.Journal' \
	    --filter '^PharaohTests\.(DurableHorizon|HorizonTask|Obelisk|ScarabLease|SharedUse)Tests' \
	    --skip '^SharedNothingTests\.[A-Za-z]*(Process|ThreadTrace)' $(ARGS)

asan: setup ## every test under AddressSanitizer
	ASAN_OPTIONS=detect_leaks=0 Scripts/test --sanitize address \
	    --scratch-path .build/asan $(ARGS)

lint: setup ## what swift format and shellcheck (where it is installed) have to say
	swift format lint --strict $(LINTED)
	if command -v shellcheck >/dev/null; then grep -rlE '^#!.*sh$$' Scripts .ci | xargs shellcheck; fi

format: setup ## let swift format mend what it can
	swift format -i $(LINTED)

docs: setup ## the pages of the API, from its comments, in .build/docs
	Scripts/docs

setup: ## install what is missing; silent when nothing is
	@Scripts/setup

clean: ## remove what was built; Results/ stays
	rm -rf .build
