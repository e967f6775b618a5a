#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Print files of a folder as C, for asset.h: page.css becomes asset_page_css.
# usage: embed.sh FOLDER FILE...
set -eu
folder=$1
shift
printf '/* Made by embed.sh; not to be edited. */\n#include "config.h"\n\n#include "sandbox/asset.h"\n'
for file; do
	name=$(echo "$file" | tr .- __)
	printf '\nstatic const unsigned char bytes_%s[] = {\n' "$name"
	od -An -v -tx1 "$folder/$file" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'
	printf '0x00 };\nconst struct asset asset_%s = { (const char *)bytes_%s, sizeof(bytes_%s) - 1 };\n' "$name" "$name" "$name"
done
