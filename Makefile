# Three commands matter: `make run` shows it, `make test` proves it, `make format` tidies it.

.PHONY: help build agent run test soak mutate differential fuzz sanitize bench bench-quick bench-micro bench-setup bench-programs deb format clean setup

help:
	@echo "make run     build and show the article's cluster live on this machine (about a minute)"
	@echo "make test    build and run every test"
	@echo "make build   build the release programs: .build/release/lockstep, and lockstep-agent beside it"
	@echo "make agent   build the far end of the stream, static: .build-agent/release/lockstep-agent"
	@echo "make soak    20000 fresh seeds of the simulator, 100 rounds of chaos, 500 kills each (SEEDS=, ROUNDS=, KILLS=, FIRST=)"
	@echo "make mutate  break the core in each known way; the simulator has to notice"
	@echo "make differential  rules against the real rsync (CASES=..., FIRST=...)"
	@echo "make fuzz    every decoder of bytes from outside under libFuzzer (MINUTES=...)"
	@echo "make sanitize  the daemon and its tests under ThreadSanitizer, then under AddressSanitizer"
	@echo "make bench   measure lockstep beside lsyncd, rsync, syncthing, unison; 45 minutes, measured as root"
	@echo "make bench-quick  the same in 8 minutes; both write docs/benchmarks and README's table"
	@echo "make bench-micro  measure the core and the watching alone"
	@echo "make deb     Debian packages in .build/deb, tried in a throw-away copy of this system"
	@echo "make format  format the sources"
	@echo "make clean   remove what was built"

setup:
	@bash script/setup

build: setup agent
	swift build -c release --static-swift-stdlib --product lockstep
	install -m 755 .build-agent/release/lockstep-agent .build/release/lockstep-agent

# Apart, since it is linked otherwise: it needs no library of the machine it is copied to.
agent: setup
	swift build -c release --static-swift-stdlib -Xswiftc -static-executable -Xlinker -s \
	  --product lockstep-agent --scratch-path .build-agent

run: build
	swift build -c release --static-swift-stdlib --product lockstep-demo
	@.build/release/lockstep-demo $(ARGUMENTS)

test: setup
	@bash script/test

# The simulators, SEEDS seeds from FIRST; then ROUNDS rounds of real daemons among real faults, a quarter of a minute each;
# then daemon, agent and ssh of the stream killed, KILLS times each;
# then what lsyncd's own tests look at, ROUNDS times each;
# then 10,000 rounds of new directories, for every event source on every file system;
# then 200 deployments of 1,000 files each, with one target in chaos.
FIRST ?= $(shell date +%s)
SEEDS ?= 20000
ROUNDS ?= 100
KILLS ?= 500
soak: setup
	swift build -c release --product lockstep-sim
	swift build -c release --product lockstep
	swift build -c release --product lockstep-chaos
	.build/release/lockstep-sim run --first $(FIRST) --seeds $(SEEDS)
	.build/release/lockstep-sim scripts $(FIRST) $(SEEDS)
	swift build -c release --product lockstep-agent
	.build/release/lockstep-chaos run --first $(FIRST) --seeds $(ROUNDS)
	.build/release/lockstep-chaos kill --seed $(FIRST) --times $(KILLS)
	BEHAVIOUR_ROUNDS=$(ROUNDS) BEHAVIOUR_FIRST=$(FIRST) bash script/test --filter BehaviourTests
	WATCH_ROUNDS=10000 bash script/test --filter SourceUnderFireTests
	FLUSH_ROUNDS=200 FLUSH_FIRST=$(FIRST) bash script/test --filter FlushShowTests

mutate: setup
	swift build -c release --product lockstep-mutate
	.build/release/lockstep-mutate

# The matcher against the real rsync, CASES pairs of a rule set and a path, from the seed FIRST.
CASES ?= 1000000
differential: setup
	RULE_CASES=$(CASES) RULE_SEED=$(FIRST) bash script/test --filter RuleDifferenceTests

# All targets for MINUTES in all; what they find stays in .build-fuzz.
MINUTES ?= 5
fuzz: setup
	bash script/fuzz $(MINUTES)

sanitize: setup
	bash script/sanitize thread
	bash script/sanitize address

# Everything beside its peers; the result goes to .bench/results, and from there into docs/benchmarks and README.md.
# ARGUMENTS= goes to Benchmarks/bench (--rows, --peers, --ext4 and the like).
AS_ROOT = $(if $(filter 0,$(shell id -u)),,sudo)
bench: bench-programs
	$(AS_ROOT) Benchmarks/bench full $(ARGUMENTS)
	Benchmarks/report

bench-quick: build bench-setup
	$(AS_ROOT) Benchmarks/bench quick $(ARGUMENTS)
	Benchmarks/report

bench-setup:
	@bash Benchmarks/setup

bench-programs: build bench-setup
	swift build -c release --static-swift-stdlib --product lockstep-bench

# The cost of an event against the number of pending paths, bursts of new files, latency, and watching; ARGUMENTS= names
# some of them (pending, scripts, burst, direct, status, latency, watching, load).
bench-micro: build
	swift build -c release --static-swift-stdlib --product lockstep-bench
	.build/release/lockstep-bench $(ARGUMENTS)

deb:
	@bash script/setup lintian
	bash script/deb-proof

format:
	swift format -i -r Sources Tests Package.swift

clean:
	rm -rf .build
