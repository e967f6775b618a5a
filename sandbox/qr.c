/* SPDX-License-Identifier: BSD-2-Clause */
/* The QR code of a TOTP's secret: libqrencode's modules, libpng's picture. */
#include "config.h"

#include "sandbox/totp.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 200 /* pixels, as the API's */
#define QUIET 4  /* modules of margin, ISO/IEC 18004 */

static void
otpauth_url(struct buf *url, const char *secret, const char *account)
{
	buf_adds(url, "otpauth://totp/Sandbox:");
	buf_add_encoded(url, account);
	buf_adds(url, "?secret=");
	buf_add_encoded(url, secret);
	buf_adds(url, "&issuer=Sandbox&algorithm=SHA1&digits=6&period=30");
}

static void
qr_free(QRcode **code)
{
	QRcode_free(*code);
	*code = NULL;
}

/* Black and white pixels of the code, scaled to SIDE. */
static void
paint(const QRcode *code, uint8_t pixels[SIDE * SIDE])
{
	int modules = code->width + 2 * QUIET;

	for (int y = 0; y < SIDE; y++) {
		int row = y * modules / SIDE - QUIET;

		for (int x = 0; x < SIDE; x++) {
			int column = x * modules / SIDE - QUIET;
			bool dark = row >= 0 && row < code->width &&
			    column >= 0 && column < code->width &&
			    (code->data[row * code->width + column] & 1) != 0;

			pixels[y * SIDE + x] = dark ? 0 : 255;
		}
	}
}

void
totp_qr_code(const char *secret, const char *account, struct buf *out)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(2048);
	CLEANUP(qr_free) QRcode *code = NULL;
	uint8_t pixels[SIDE * SIDE], file[SIDE * SIDE];
	png_alloc_size_t len = sizeof(file);
	png_image image = { .version = PNG_IMAGE_VERSION,
		.width = SIDE,
		.height = SIDE,
		.format = PNG_FORMAT_GRAY };

	otpauth_url(&url, secret, account);
	if (buf_error(&url) == 0)
		code = QRcode_encodeString8bit(buf_text(&url), 0, QR_ECLEVEL_L);
	if (code == NULL)
		return;
	paint(code, pixels);
	if (png_image_write_to_memory(&image, file, &len, 0, pixels, 0, NULL) ==
	    0)
		return;
	buf_adds(out, "data:image/png;base64, ");
	base64_add(out, file, len);
}
