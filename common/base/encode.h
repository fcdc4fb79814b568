/* encode.h - The text encodings of requests, replies and invites.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each encoding has one form only: a decoder refuses every text that its
 * encoder would not have written.  */

#ifndef POSTERN_ENCODE_H
#define POSTERN_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

/* Canonical base64 with padding (RFC 4648, section 4), without line
   breaks.  *R_TEXT is to be released with free.  */
gpg_error_t encode_base64 (const void *data, size_t len, char **r_text);

/* The same into TEXT, which takes ENCODE_BASE64_LEN (LEN) + 1 bytes: for
   memory of the caller's choice.  */
#define ENCODE_BASE64_LEN(len) (((len) + 2) / 3 * 4)
void encode_base64_to (const void *data, size_t len, char *text);

/* Decode the TEXTLEN characters at TEXT into BUF of SIZE bytes and store
   the number of bytes at R_LEN.  GPG_ERR_BAD_DATA for anything that is not
   canonical, GPG_ERR_BUFFER_TOO_SHORT if SIZE does not suffice.  */
gpg_error_t decode_base64 (const char *text, size_t textlen,
                           void *buf, size_t size, size_t *r_len);

/* Lower-case hexadecimal.  TEXT takes 2 * LEN + 1 bytes.  */
void encode_hex (const void *data, size_t len, char *text);

/* Decode exactly 2 * LEN lower-case digits; GPG_ERR_BAD_DATA else.  */
gpg_error_t decode_hex (const char *text, size_t textlen,
                        void *buf, size_t len);

/* Percent-encoding (RFC 3986, section 2.1) of what needs it and of nothing
   else: bytes below 0x21, 0x7f, '%', ',' and '=' and every byte that is no
   part of a well-formed UTF-8 sequence or belongs to a character that is not
   clean, as below.  Upper-case digits.  */
gpg_error_t encode_percent (const void *data, size_t len, char **r_text);

/* The reverse.  *R_DATA holds *R_LEN bytes and one NUL behind them; free.
   GPG_ERR_BAD_DATA where the encoding is not the one form.  */
gpg_error_t decode_percent (const char *text, size_t textlen,
                            char **r_data, size_t *r_len);

/* True if TEXT is well-formed UTF-8 (RFC 3629) with no control character
   (C0 other than LF, DEL, C1), no bidirectional formatting character
   (Unicode UAX #9, section 2), no line or paragraph separator, and none that
   is not shown: zero-width ones and all else of
   Default_Ignorable_Code_Point (DerivedCoreProperties of Unicode 15), and
   the blank Braille pattern.  So it reads as what it is.  */
bool encode_is_clean (const char *text, size_t len);
/* The same of one line: no LF either.  */
bool encode_is_line (const char *text, size_t len);

/* The length of the well-formed UTF-8 sequence (RFC 3629, section 4) that
   the LEN bytes at TEXT, at least one, begin with, and its character; 0 if
   they begin with none.  */
size_t encode_next_char (const void *text, size_t len, uint32_t *r_char);

/* TEXT was cut somewhere: remove what is left of a character at its end that
   is no longer whole.  */
void encode_drop_half (char *text);

/* Parse all of the TEXTLEN characters at TEXT as a decimal number of 1 to
   20 digits without leading zeros and no larger than MAX.  */
gpg_error_t decode_decimal (const char *text, size_t textlen,
                            unsigned long long max,
                            unsigned long long *r_value);

#endif /*POSTERN_ENCODE_H*/
