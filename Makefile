# Every target says what it does in `make help`. Arguments for the program below a target: make test ARGS='-p survey'.
.DEFAULT_GOAL := help
.PHONY: help demo up down smoke smoke-kills test check bench bench-search campaign fuzz fuzz-all servers fmt lint fmt-check proto-lint proto-breaking deny clippy doc contract-image ci clean

ARGS ?=
SECONDS ?= 600
SERVERS := deploy/dev/with-servers

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

demo: ## the main job in one process, without any server: needs cargo only
	cargo run --release --locked --package activelist -- demo $(ARGS)

up: ## the whole set in containers, with PostgreSQL and NATS: deploy/README.md
	deploy/up $(ARGS)

down: ## stop the containers; ARGS=--volumes removes what they keep as well
	deploy/down $(ARGS)

smoke: ## walk the main job through the running containers
	deploy/smoke $(ARGS)

smoke-kills: ## kill each container once, and walk the main job again each time
	deploy/kill-each $(ARGS)

test: ## all tests, on a PostgreSQL and a nats-server set up for them and removed after
	$(SERVERS) cargo test --locked --no-fail-fast $(or $(ARGS),--workspace)

fuzz: ## hostile bytes to the readers, by libFuzzer: TARGET=name SECONDS=600; without a name the list of them
	deploy/dev/fuzz $(if $(TARGET),one $(TARGET) $(SECONDS),list)

fuzz-all: ## hostile bytes to one reader after the other, SECONDS=600 each
	deploy/dev/fuzz all $(SECONDS)

check: ## does everything compile?
	cargo check --locked --workspace --all-targets

campaign: ## promises 1 to 5 in full, with a table at the end: make campaign PROMISE=3 SEED=7 (80 minutes without them)
	$(SERVERS) tests/faults/campaign

bench: ## the benchmarks, on servers of their own as well
	$(SERVERS) cargo bench --locked --workspace $(ARGS)

bench-search: ## our search beside tantivy and PostgreSQL, and over gRPC: some ten minutes to build, two to run
	$(SERVERS) cargo run --release --locked --package activelist --features bench -- bench search --postgres auto --grpc $(ARGS)

servers: ## a shell beside both servers; they go when it ends
	$(SERVERS) bash

fmt: ## format Rust and the contract
	cargo fmt --all
	deploy/dev/buf format --write proto

lint: fmt-check proto-lint proto-breaking deny clippy ## all that .ci/run checks before the tests

fmt-check: ## is all Rust formatted?
	cargo fmt --all --check

proto-lint: ## the contract's form and comments
	deploy/dev/buf lint proto

proto-breaking: ## does the contract still serve the clients of the published one?
	deploy/dev/buf breaking proto --against proto/activelist.binpb

deny: ## licences, sources and banned crates of the dependency tree
	deploy/dev/cargo-deny --locked check --hide-inclusion-graph bans licenses sources

clippy: ## clippy, its warnings as errors
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo clippy --locked --package activelist --features bench -- --deny warnings

doc: ## the crates' documentation, broken links as errors
	RUSTDOCFLAGS='--deny warnings' cargo doc --locked --workspace --no-deps

contract-image: ## publish the contract as it stands: what `proto-breaking` compares with from now on
	deploy/dev/buf build proto --output proto/activelist.binpb

ci: ## what continuous integration runs
	.ci/run

clean: ## remove what was built, and the tools under .dev/
	cargo clean
	rm -rf .dev
