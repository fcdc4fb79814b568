/* framing-kit.h - Packets made by hand.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What GnuPG itself makes is walked in t-pgp.c.  */

#ifndef FRAMING_KIT_H
#define FRAMING_KIT_H

#include "../../../common/wire/framing.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL_MAX 4096
#define MESSAGE_MAX 8192

static unsigned char m[20000];
static size_t len;
static enum framing_flaw flaw;
static const char *why;

static inline void
put (const void *data, size_t n)
{
  ck_assert_uint_le (n, sizeof m - len);
  memcpy (m + len, data, n);
  len += n;
}

static inline void
put_byte (unsigned int byte)
{
  unsigned char c = (unsigned char)byte;

  put (&c, 1);
}

static inline void
fill (size_t n)
{
  while (n--)
    put_byte (0xaa);
}

/* A header of the new format with a one or two byte length.  */
static inline void
header (unsigned int tag, size_t n)
{
  put_byte (0xc0 | tag);
  if (n < 192)
    put_byte ((unsigned int)n);
  else
    {
      put_byte (192 + (unsigned int)(n - 192) / 256);
      put_byte ((unsigned int)(n - 192) % 256);
    }
}

static inline void
pkesk (void)
{
  header (1, 20);
  put ("\x03" "12345678" "\x12", 10);
  fill (10);
}


static inline void
mdc_data (size_t n)
{
  header (18, n);
  put_byte (1);
  fill (n - 1);
}


static inline void
onepass (unsigned int hash, unsigned int last, const char *keyid)
{
  header (4, 13);
  put_byte (3);
  put_byte (0);
  put_byte (hash);
  put_byte (22);
  put (keyid, 8);
  put_byte (last);
}


static inline void
literal (char mode, size_t n)
{
  header (11, n + 8);
  put_byte ((unsigned char)mode);
  put ("\x02" "ab" "\x01\x02\x03\x04", 7);
  fill (n);
}


/* Behind the four bytes of version, class and algorithms.  */
static inline void
signature_rest (const char *keyid)
{
  put_byte (0);
  put_byte (29);
  put ("\x16\x21\x04" "xxxxxxxxxxxx", 15);
  put (keyid, 8);
  put ("\x05\x02\x60\x00\x00\x00", 6);
  put_byte (0);
  put_byte (10);
  put ("\x09\x10", 2);
  put (keyid, 8);
  put ("\x58\x8e" "\x00\x09\x01\xff" "\x00\x08\xff", 9);
}

#define SIGNATURE_LEN (4 + 2 + 29 + 2 + 10 + 9)

static inline void
signature (unsigned int hash, const char *keyid)
{
  header (2, SIGNATURE_LEN);
  put ("\x04\x00\x16", 3);
  put_byte (hash);
  signature_rest (keyid);
}


static inline void
begin (void)
{
  len = 0;
}


static inline bool
outer (void)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len ? len : 1);

  /* Exactly as long, for the sanitizer.  */
  memcpy (copy, m, len);
  err = framing_check_outer (copy, len, &flaw);
  free (copy);
  why = framing_text (flaw);
  ck_assert (!err == !flaw);
  ck_assert (!err || gpg_err_code (err) == GPG_ERR_BAD_DATA);
  return !err;
}


static inline bool
inner (unsigned int signers)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len ? len : 1);

  memcpy (copy, m, len);
  err = framing_check_inner (copy, len, MESSAGE_MAX, LITERAL_MAX, signers,
                             &flaw);
  free (copy);
  why = framing_text (flaw);
  ck_assert (!err == !flaw);
  ck_assert (!err || gpg_err_code (err) == GPG_ERR_BAD_DATA);
  return !err;
}

#define REFUSED(call, text) \
  do { ck_assert (!(call)); ck_assert_str_eq (why, text); } while (0)

static int
run_cases (TCase *tc)
{
  Suite *suite = suite_create ("framing");
  SRunner *sr;
  int failed;

  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /*FRAMING_KIT_H*/
