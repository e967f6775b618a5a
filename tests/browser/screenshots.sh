#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The pictures in doc/, taken anew: screenshots.sh SRCDIR BUILDDIR.  Wants
# pngquant and, to look as they do, the fonts Inter and JetBrains Mono.
set -eu
"$1/tests/browser/run.sh" "$1" "$2" pictures
for shot in "$2"/tests/browser/shots/*.png; do
	pngquant --force --strip --speed 1 --output "$1/doc/$(basename "$shot")" 128 "$shot"
done
ls -l "$1"/doc/*.png
