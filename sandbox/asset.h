/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of pages/, which the build puts into the program (embed.sh). */
#ifndef SANDBOX_ASSET_H
#define SANDBOX_ASSET_H

#include <stddef.h>

struct asset {
	const char *text; /* UTF-8, with a NUL behind it */
	size_t len;
};

extern const struct asset asset_head_html;
extern const struct asset asset_icon_svg;
extern const struct asset asset_inbox_html;
extern const struct asset asset_landing_html;
extern const struct asset asset_page_css;
extern const struct asset asset_page_js;

#endif
