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
   breaks.  *R_TEXT is to be freed.
   GPG_ERR_ENOMEM.  */
gpg_error_t encode_base64 (const void *data, size_t len, char **r_text);

/* The same into TEXT, which takes ENCODE_BASE64_LEN (LEN) + 1 bytes, for
   memory of the caller's choice, such as secret memory.  */
#define ENCODE_BASE64_LEN(len) (((len) + 2) / 3 * 4)
void encode_base64_to (const void *data, size_t len, char *text);

/* Decode the TEXTLEN characters at TEXT into BUF of SIZE bytes and store
   the number of bytes at R_LEN.  GPG_ERR_BAD_DATA for anything that is not
   canonical, GPG_ERR_BUFFER_TOO_SHORT if SIZE is too small.  */
gpg_error_t decode_base64 (const char *text, size_t textlen,
                           void *buf, size_t size, size_t *r_len);

/* Lower-case hexadecimal.  TEXT takes 2 * LEN + 1 bytes.  */
void encode_hex (const void *data, size_t len, char *text);

/* Decode exactly 2 * LEN lower-case digits, else GPG_ERR_BAD_DATA.  */
gpg_error_t decode_hex (const char *text, size_t textlen,
                        void *buf, size_t len);

/* Percent-encoding (RFC 3986, section 2.1) of exactly what needs it: bytes
   below 0x21, 0x7f, '%', ',' and '=', and every byte that is not part of a
   well-formed UTF-8 sequence or is part of a character that is not clean, as
   below.  Upper-case digits.  *R_TEXT is to be freed.  */
gpg_error_t encode_percent (const void *data, size_t len, char **r_text);

/* The reverse.  *R_DATA holds *R_LEN bytes, followed by a NUL, and is to be
   freed.  GPG_ERR_BAD_DATA if TEXT is not what encode_percent writes.  */
gpg_error_t decode_percent (const char *text, size_t textlen,
                            char **r_data, size_t *r_len);

/* True if TEXT is well-formed UTF-8 (RFC 3629) with no control character
   (C0 other than LF, DEL, C1), no bidirectional formatting character
   (Unicode UAX #9, section 2), no line or paragraph separator, and no
   invisible character: those of Default_Ignorable_Code_Point
   (DerivedCoreProperties of Unicode 15) and the blank Braille pattern.  So
   what a person sees is what the text says.  */
bool encode_is_clean (const char *text, size_t len);
/* The same, and no LF.  */
bool encode_is_line (const char *text, size_t len);

/* The length of the well-formed UTF-8 sequence (RFC 3629, section 4) that
   the LEN bytes at TEXT, at least one, begin with, and its character; 0 if
   they begin with none.  */
size_t encode_next_char (const void *text, size_t len, uint32_t *r_char);

/* If the LEN bytes of TEXT are not clean, turn all but printable ASCII and the
   characters in KEEP into "?".  */
void encode_mask (char *text, size_t len, const char *keep);

/* TEXT was cut somewhere: remove what is left of a character at its end that
   is no longer whole.  */
void encode_drop_half (char *text);

/* Parse all of the TEXTLEN characters at TEXT as a decimal number of 1 to
   20 digits without leading zeros, no larger than MAX.  GPG_ERR_BAD_DATA.  */
gpg_error_t decode_decimal (const char *text, size_t textlen,
                            unsigned long long max,
                            unsigned long long *r_value);

#endif /*POSTERN_ENCODE_H*/
