#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Install the npm packages of FOLDER's lock file into INTO/node_modules, unless
# just these are there; a build tree keeps them, the sources are not written to.
# usage: npm-install.sh FOLDER INTO
set -eu
for tool in node npm; do
	command -v $tool >/dev/null || {
		echo "npm-install: $tool is missing" >&2
		exit 1
	}
done
cmp -s "$1/package-lock.json" "$2/node_modules/installed.json" && exit 0
mkdir -p "$2"
cp -f "$1/package.json" "$1/package-lock.json" "$2"
(cd "$2" && npm ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error)
cp "$1/package-lock.json" "$2/node_modules/installed.json"
