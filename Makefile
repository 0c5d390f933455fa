# Three commands matter: `make run` shows it, `make test` proves it, `make format` tidies it.

.PHONY: help build run test soak bench format clean setup

help:
	@echo "make run     build and show the article's cluster live on this machine (about a minute)"
	@echo "make test    build and run every test"
	@echo "make build   build the release program: .build/release/lockstep"
	@echo "make format  format the sources"
	@echo "make clean   remove what was built"

setup:
	@bash script/setup

build: setup
	swift build -c release --static-swift-stdlib --product lockstep

run: setup
	swift build -c release --static-swift-stdlib --product lockstep
	swift build -c release --static-swift-stdlib --product lockstep-demo
	@.build/release/lockstep-demo $(ARGUMENTS)

test: setup
	@bash script/test

soak:
	@echo "There is no soak test yet: nothing was run. What there is: make test."
	@exit 69

bench:
	@echo "There is no benchmark yet: nothing was measured. What there is: make test."
	@exit 69

format:
	swift format -i -r Sources Tests Package.swift

clean:
	rm -rf .build
