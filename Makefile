# farmwatch. `make` lists what there is; CI calls only these.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CGO_ENABLED := 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.0.0-unversioned)
LDFLAGS := -s -w -X main.version=$(VERSION)
# Without gRPC's own tracing, which nobody reads here, each program is three megabytes smaller.
export TAGS := grpcnotrace
WEB     := server/web
WEB_SRC := $(shell find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/package.json $(WEB)/vite.config.ts proto/catalogue/classes.yaml -type f 2>/dev/null)
BUF     := $(CURDIR)/$(WEB)/node_modules/.bin/buf

.DEFAULT_GOAL := help
.PHONY: help run build test wine lab scenarios budget tools lint generate import-lolrmm verify fuzz bench nightly package geo setup clean

help: ## list every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: build ## build all, start a collector and one enrolled agent of this machine, print the console's address (state in ./var)
	@installer/dev/run.sh

build: $(WEB)/dist/index.html ## build the agent, the collector and farmwatchctl into ./bin
	@echo "building the agent, the collector and farmwatchctl (the first time takes a few minutes) …"
	@mkdir -p bin
	@go build -v -tags '$(TAGS)' -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./agent/cmd/farmwatch-agent ./server/cmd/farmwatch-server ./server/cmd/farmwatchctl \
		2> >(awk '/^[a-z][^ :]*$$/ { if (++n % 50 == 0) { print "  " n " packages"; fflush() } next } { print; fflush() }' >&2)

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	@echo "fetching what the console is built with …"
	cd $(WEB) && npm ci --no-audit --no-fund
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json $(WEB_SRC)
	@echo "building the console …"
	cd $(WEB) && npm run build -- --logLevel warn
	@touch $@

setup: ## install what the tests need (Debian or Ubuntu packages)
	@installer/dev/setup.sh

test: setup build ## everything that proves the project
	@installer/dev/test.sh

wine: build ## run the windows agent under Wine: scan, enrolment and stream, the service, planted devices
	@installer/dev/wine.sh

lab: build ## boot virtual laptops, plug KVMs and ordinary things in, and see what the real agent says
	@installer/dev/lab.sh

scenarios: ## play every scenario with 20 seeds (FARMWATCH_SEEDS), and table when each level was reached and why
	@installer/dev/scenarios.sh

budget: ## let 5,000 ordinary laptops and 25 of farms live for 30 days, and table what was said of whom (docs/reference/budget.md; 6 minutes)
	go run ./server/internal/population/budget -seed 1 -write docs/reference/budget.md

tools: build ## run real remote-access software in namespaces, let somebody in, and see what the agent says (root)
	@installer/dev/tools.sh
	@echo "running it, which takes a few minutes …"
	go test -tags tools -count=1 -timeout 20m -parallel 4 -run '^TestTools' ./agent/cmd/farmwatch-agent

lint: ## golangci-lint, pinned
	@installer/dev/lint.sh

generate: $(WEB)/node_modules/.package-lock.json ## write everything that is generated
	cd proto && $(BUF) lint
	cd proto && $(BUF) generate --template buf.gen.agent.yaml --path farmwatch/agent
	cd proto && $(BUF) generate --template buf.gen.console.yaml --path farmwatch/console
	go run ./agent/internal/sensor/schemagen && go run ./proto/catalogue/toolgen

import-lolrmm: ## say what LOLRMM's files in the folder DIR would add to the tools, and what is refused (WRITE=FOLDER writes drafts)
	@go run ./proto/catalogue/toolimport $(if $(WRITE),--write '$(WRITE)') '$(DIR)'

verify: generate ## fail when something generated is not as committed
	@git diff --exit-code --stat -- proto docs $(WEB)/src/gen \
		|| { echo "generated files differ from what is committed: run make generate and commit"; exit 7; }

fuzz: ## run every fuzz target for FUZZTIME (default 20s) each
	@installer/dev/fuzz.sh

bench: build ## what the agent costs beside a plain gopsutil loop, interleaved, and what assessing a report does by the size of the fleet (8 minutes)
	go run ./agent/internal/host/hostbench
	@installer/dev/bench.sh

nightly: ## what takes too long for each change: every fuzz target for a minute, real software in namespaces, the costs (root, hours)
	FUZZTIME=60s $(MAKE) fuzz
	$(MAKE) tools
	$(MAKE) budget
	$(MAKE) bench

geo: ## fetch public data about networks and countries for the collector, pinned, into ./var/geo
	@installer/dev/geo.sh

package: build ## installers into ./dist, proved in a clean Debian root
	@installer/linux/package.sh

clean: ## remove what was built, keep ./var
	rm -rf bin dist $(WEB)/node_modules
	find $(WEB)/dist -mindepth 1 ! -name .gitkeep -delete
