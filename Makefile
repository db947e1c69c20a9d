# The whole project by a few words: `make help`.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# When the command was typed; `run` counts its time from here.
export STARTED_AT_MS := $(shell date +%s%3N)

BIN   := node_modules/.bin
LOCAL := local/dist/src/main.js
PROTO := $(shell find proto -name '*.proto' -not -path '*/node_modules/*' 2>/dev/null)

##@ Use it

run: build ## Start everything and keep it running until Ctrl-C (USER_SERVICES=3 BOOKING_SERVICES=3 ETL_SERVICES=1 EDGES=1 STACK=small|full)
	@node $(LOCAL) run

status: $(LOCAL) ## Show the running processes: health, version, breakers, calls in flight, age of discovery
	@node $(LOCAL) status

roll: $(LOCAL) ## Restart a running service one instance at a time (SERVICE=booking, user, etl, edge or all)
	@node $(LOCAL) roll '$(SERVICE)'

doctor: $(LOCAL) ## Check each part of the running stack; says of what is wrong why, and what to do
	@node $(LOCAL) doctor

etl: $(LOCAL) ## Load the running stack's warehouse now and show what came of it (MODE=incremental, rebuild or audit)
	@MODE='$(MODE)' node $(LOCAL) etl

backup: $(LOCAL) ## Write each database of the running stack into a folder (TO=backups/…)
	@TO='$(TO)' node $(LOCAL) backup

restore: $(LOCAL) ## Put the databases back to what such a folder holds (FROM=backups/…)
	@FROM='$(FROM)' node $(LOCAL) restore

generate-data: build ## Fill the running stack with a year of flights and bookings (FLIGHTS=10000 BOOKINGS=100000 USERS=… SEED=1 AT=day WAY=copy|rpc)
	@FLIGHTS='$(FLIGHTS)' BOOKINGS='$(BOOKINGS)' USERS='$(USERS)' SEED='$(SEED)' AT='$(AT)' WAY='$(WAY)' node bench/dist/src/generate/main.js

stop: $(LOCAL) ## Stop what `make run` started in another terminal
	@node $(LOCAL) stop

##@ Work on it

test: ## Run every test against real servers on random ports (PACKAGE=edge, GREP='sold out', TIMES=1: what takes how long)
	@test/run.sh test

test-release: ## Run the tests of what other teams get: installs the SDKs into empty projects, compiles Go (GREP=, TIMES=1)
	@test/run.sh release

watch: build ## Compile and run the tests of what changes, as it changes (PACKAGE=edge, GREP=)
	@node test/dist/src/run/watch.js

test-edge: build ## Ask a system that runs already, and is new, for everything the API promises (EDGE_URL=http://localhost:4000)
	@SYSTEM_UNDER_TEST='$(EDGE_URL)' $(BIN)/mocha test/dist/test/public.test.js

lint: install ## Check code and contracts: Biome, buf lint, buf format
	@$(BIN)/biome ci .
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code

format: install ## Format code and contracts
	@$(BIN)/biome check --write .
	@$(BIN)/buf format --write

golden: generate ## Add golden messages for what is new in the contracts; those that are there stay
	@$(BIN)/tsc -b proto && node proto/dist/src/golden/main.js

api-docs: generate ## Write the reference in docs/api anew from the comments of the contracts
	@$(BIN)/tsc -b proto && node proto/dist/src/reference/main.js

breaking: install ## Compare the contracts with the last release, or main, or what was before (AGAINST=revision)
	@sh proto/breaking.sh

sdk: build ## Build the packages for other teams into sdk/packages (LANGUAGES="typescript go python")
	@node sdk/dist/src/main.js $(LANGUAGES)

bench: build ## Measure beside bare servers; prints tables, writes JSON (SCENARIOS="search booking unary-call sdk-call updates etl")
	@node bench/dist/src/main.js $(SCENARIOS)

drill: build ## Put the system through longer faults; prints tables, fails when a bound is missed
	@node bench/dist/src/drills/main.js

drill-mesh: build ## Kill, freeze, roll and mislead the mesh under load; prints one table (DRILLS="kill roll")
	@node bench/dist/src/drills/mesh/main.js $(DRILLS)

drill-data: build ## Kill, freeze and crowd what keeps the data; prints one table (DRILLS="bookers user-db-node etl")
	@node bench/dist/src/drills/data/main.js $(DRILLS)

drill-compose: build ## Bring everything up in containers, kill, scale and roll them; prints one table (DRILLS="edge scale")
	@node bench/dist/src/drills/compose/main.js $(DRILLS)

dashboards: build ## Write Grafana's dashboards anew from deploy/grafana/src
	@node deploy/grafana/dist/src/main.js
	@$(BIN)/biome check --write deploy/grafana/dashboards

build: generate ## Compile and bundle what has changed
	@$(BIN)/tsc -b
	@node deploy/node/bundle.mjs

$(LOCAL):
	@$(MAKE) build

generate: proto/gen/.stamp sdk/typescript/gen/.stamp ## Make the TypeScript stubs from the contracts

install: node_modules/.package-lock.json ## Install the npm packages of package-lock.json

clean: ## Remove the data and the build output; fetched programs stay in .cache
	@if [ -f $(LOCAL) ]; then node $(LOCAL) clean; else rm -rf .local; fi
	rm -rf proto/gen sdk/*/gen sdk/go/internal/gen sdk/packages dist $(wildcard */dist deploy/*/dist sdk/*/dist)

proto/gen/.stamp: $(PROTO) buf.yaml buf.gen.yaml node_modules/.package-lock.json
	@npm run --silent generate -w @flight/proto
	@touch $@

sdk/typescript/gen/.stamp: $(PROTO) buf.yaml sdk/templates/typescript.gen.yaml sdk/package.json node_modules/.package-lock.json
	@npm run --silent generate -w @flight/sdk
	@touch $@

# npm's own note of what it has installed. Not `npm ci`: it refuses a lock file without the packages for other platforms, which
# npm leaves out where a registry does not carry them. This installs the same versions and leaves the lock file as it is.
node_modules/.package-lock.json: package-lock.json | check-node
	@npm install --no-save --no-audit --no-fund --no-progress --loglevel=error
	@touch $@

check-node:
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
	|| { echo 'Node.js 20.19 or later is needed: https://nodejs.org/en/download' >&2; exit 1; }

help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: golden api-docs run status roll doctor etl backup restore generate-data stop test test-release watch test-edge lint format breaking sdk bench drill drill-mesh drill-data drill-compose dashboards build generate install clean check-node help
