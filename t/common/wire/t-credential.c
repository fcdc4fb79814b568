/* t-credential.c - Tests of common/credential.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/wire/credential.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>
#include "../../../common/base/secret.h"
#include "text-cases.h"

#define ALL "password: c2VjcmV0\notp: 123456\n"

static const unsigned char key[REQUEST_KEYLEN] = { 1, 2, 3 };


static const char *
judge (const void *text, size_t len)
{
  credential_t credential;
  gpg_error_t err = credential_parse (text, len, &credential);

  if (!err)
    {
      credential_release (credential);
      return NULL;
    }
  ck_assert_int_eq (gpg_err_code (err), GPG_ERR_BAD_DATA);
  ck_assert_ptr_null (credential);
  return "refused";
}


static credential_t
new_password (const void *password, size_t len)
{
  credential_t credential;

  ck_assert (!credential_new (&credential));
  ck_assert (!credential_set_password (credential, password, len));
  return credential;
}


START_TEST (members)
{
  char text[CREDENTIAL_MAX_TEXT + 1];
  credential_t credential;
  const char *password;
  size_t len;

  ck_assert (!credential_parse (ALL, strlen (ALL), &credential));
  ck_assert (gcry_is_secure (credential));
  password = credential_password (credential, &len);
  ck_assert (gcry_is_secure (password));
  ck_assert_uint_eq (len, 6);
  ck_assert_str_eq (password, "secret");
  ck_assert_str_eq (credential_otp (credential), "123456");
  ck_assert_uint_eq (credential_write (credential, text), strlen (ALL));
  ck_assert_str_eq (text, ALL);
  ck_assert_uint_eq (credential_size (credential),
                     strlen (ALL) + SEAL_OVERHEAD);
  credential_release (credential);
  ck_assert (!credential_parse ("otp: 0\n", 7, &credential));
  ck_assert_ptr_null (credential_password (credential, &len));
  ck_assert_uint_eq (len, 0);
  ck_assert_str_eq (credential_otp (credential), "0");
  credential_release (credential);
  ck_assert (!credential_parse (ALL, 19, &credential));
  ck_assert_ptr_null (credential_otp (credential));
  credential_release (credential);
  credential_release (NULL);
}
END_TEST


START_TEST (refusals)
{
  static const char no[] = "refused";
  static const struct text_case cases[] = {
    { "password: c2VjcmV0\n", "", NULL }, { "otp: 123456\n", "", NULL },
    { "password: c2VjcmV0\n", "\n", no }, { "otp: 123456", "", no },
    { "123456\n", "123456\n\n", no }, { "123456\n", "123456\nname: x\n", no },
    { "otp:", "name: x\notp:", no }, { "password:", "\npassword:", no },
    { "password:", "Password:", no }, { "password:", " password:", no },
    { "password: ", "password:", no }, { "password: ", "password:  ", no },
    { "c2VjcmV0", "", no }, { "c2VjcmV0", "c2VjcmV", no },
    { "c2VjcmV0", "c2VjcmV0 ", no }, { "c2VjcmV0", "c2Vj\ncmV0", no },
    { "c2VjcmV0", "c2VjcmU=", NULL }, { "c2VjcmV0", "c2VjcmV=", no },
    { "c2VjcmV0", "c2VjcmV0=", no }, { "c2VjcmV0", "c2VjcmV-", no },
    { "c2VjcmV0", "YQ==", NULL }, { "c2VjcmV0", "YR==", no },
    { "c2VjcmV0", "AGE=", no }, { "c2VjcmV0", "YQBi", no },
    { "c2VjcmV0", "YQph", NULL }, { "c2VjcmV0", "/w==", NULL },
    { "V0\n", "V0\r\n", no }, { "V0\n", "V0\npassword: c2VjcmV0\n", no },
    { "123456", "", no }, { "123456", "0000", NULL },
    { "123456", "1234567890123456", NULL },
    { "123456", "12345678901234567", no }, { "123456", "12 456", no },
    { "123456", "+12345", no }, { "123456", "12345a", no },
    { "123456", "\xd9\xa1", no }, { "123456\n", "123456\notp: 123456\n", no },
    { "123456\n", "123456\npassword: c2VjcmV0\n", no }
  };

  text_check_cases (judge, ALL, cases, sizeof cases / sizeof cases[0]);
  text_check (judge, ALL, strlen (ALL) - 1, no, "no end");
  text_check (judge, ALL, strlen (ALL) + 1, no, "a NUL more");
  text_check (judge, ALL, 0, no, "empty");
  text_check_flipped (judge, ALL);
  text_check_truncated (judge, ALL, strlen ("password: "));
}
END_TEST


START_TEST (what_is_put_in)
{
  char password[CREDENTIAL_MAX_PASSWORD + 1];
  credential_t c = new_password ("a", 1);
  size_t len;

  memset (password, 'x', sizeof password);
  ck_assert_int_eq (gpg_err_code (credential_set_password (c, "", 0)),
                    GPG_ERR_NO_DATA);
  ck_assert_int_eq (gpg_err_code (credential_set_password (c, "a\0b", 3)),
                    GPG_ERR_INV_VALUE);
  ck_assert_int_eq (gpg_err_code (credential_set_password
                                  (c, password, sizeof password)),
                    GPG_ERR_TOO_LARGE);
  ck_assert_str_eq (credential_password (c, &len), "a");
  ck_assert (!credential_set_password (c, password, sizeof password - 1));
  ck_assert (!credential_set_password (c, "b", 1));
  ck_assert_str_eq (credential_password (c, &len), "b");
  ck_assert_int_eq (gpg_err_code (credential_set_otp (c, "", 0)),
                    GPG_ERR_NO_DATA);
  ck_assert_int_eq (gpg_err_code (credential_set_otp (c, "12a", 3)),
                    GPG_ERR_INV_VALUE);
  ck_assert_int_eq (gpg_err_code (credential_set_otp
                                  (c, "12345678901234567", 17)),
                    GPG_ERR_TOO_LARGE);
  ck_assert_ptr_null (credential_otp (c));
  ck_assert (!credential_set_otp (c, "1234567890123456", 16));
  ck_assert (!credential_set_otp (c, "12", 2));
  ck_assert_str_eq (credential_otp (c), "12");
  credential_release (c);
}
END_TEST


START_TEST (longest)
{
  char password[CREDENTIAL_MAX_PASSWORD], *text;
  credential_t c, again;
  size_t len;

  memset (password, 0xff, sizeof password);
  c = new_password (password, sizeof password);
  ck_assert (!credential_set_otp (c, "1234567890123456", 16));
  text = malloc (CREDENTIAL_MAX_TEXT + 1);
  ck_assert_ptr_nonnull (text);
  len = credential_write (c, text);
  ck_assert_uint_eq (len, CREDENTIAL_MAX_TEXT);
  ck_assert_uint_le (credential_size (c), CREDENTIAL_MAXLEN);
  ck_assert (!credential_parse (text, len, &again));
  ck_assert_mem_eq (credential_password (again, &len), password,
                    sizeof password);
  ck_assert_uint_eq (len, sizeof password);
  credential_release (again);
  credential_release (c);
  /* One byte more: as it is canonical, only its length is wrong.  */
  memcpy (text, "password: ", 10);
  memset (text + 10, 'A', 1368);
  memcpy (text + 10 + 1364, "QUE=\n", 5);
  memset (text + 10, 'Q', 1364);
  ck_assert_ptr_nonnull (judge (text, 10 + 1368 + 1));
  memcpy (text + 10 + 1364, "QQ==\n", 5);
  ck_assert_ptr_null (judge (text, 10 + 1368 + 1));
  free (text);
}
END_TEST


/* SIZE is what the caller says, and each bit counts.  */
START_TEST (sealed)
{
  static const unsigned char other[REQUEST_KEYLEN] = { 1, 2, 4 };
  unsigned char box[CREDENTIAL_MAXLEN], copy[CREDENTIAL_MAXLEN];
  credential_t c = new_password ("secret", 6), again;
  size_t least = credential_size (c), size, len, i;

  for (size = least; size <= CREDENTIAL_MAXLEN; size += 35)
    {
      ck_assert (!credential_seal (c, key, size, box));
      ck_assert (!credential_open (key, box, size, &again));
      ck_assert_str_eq (credential_password (again, &len), "secret");
      credential_release (again);
    }
  ck_assert (!credential_seal (c, key, least, copy));
  ck_assert (!credential_seal (c, key, least, box));
  ck_assert_mem_ne (box, copy, SEAL_NONCELEN);
  ck_assert_int_eq (gpg_err_code (credential_open (other, box, least,
                                                   &again)),
                    GPG_ERR_CHECKSUM);
  for (i = 0; i < 8 * least; i++)
    {
      box[i / 8] ^= (unsigned char)(1 << i % 8);
      ck_assert_int_eq (gpg_err_code (credential_open (key, box, least,
                                                       &again)),
                        GPG_ERR_CHECKSUM);
      ck_assert_ptr_null (again);
      box[i / 8] ^= (unsigned char)(1 << i % 8);
    }
  for (i = 0; i < least; i++)
    ck_assert_int_eq (gpg_err_code (credential_open (key, box, i, &again)),
                      i <= SEAL_OVERHEAD ? GPG_ERR_INV_LENGTH
                      : GPG_ERR_CHECKSUM);
  ck_assert_int_eq (gpg_err_code (credential_open (key, box,
                                                   CREDENTIAL_MAXLEN + 1,
                                                   &again)),
                    GPG_ERR_INV_LENGTH);
  ck_assert (!credential_open (key, box, least, &again));
  credential_release (again);
  credential_release (c);
}
END_TEST


START_TEST (seal_refuses)
{
  unsigned char box[CREDENTIAL_MAXLEN];
  credential_t c;
  size_t least;

  ck_assert (!credential_new (&c));
  ck_assert_int_eq (gpg_err_code (credential_seal (c, key, 100, box)),
                    GPG_ERR_NO_DATA);
  ck_assert (!credential_set_otp (c, "123456", 6));
  least = credential_size (c);
  ck_assert_int_eq (gpg_err_code (credential_seal (c, key, least - 1, box)),
                    GPG_ERR_INV_LENGTH);
  ck_assert (!credential_seal (c, key, least, box));
  ck_assert_int_eq (gpg_err_code (credential_seal (c, key,
                                                   CREDENTIAL_MAXLEN + 1,
                                                   box)),
                    GPG_ERR_INV_LENGTH);
  ck_assert (!credential_seal (c, key, CREDENTIAL_MAXLEN, box));
  credential_release (c);
}
END_TEST


/* What LEN bytes of TEXT are when they are well sealed.  */
static gpg_err_code_t
open_content (const char *text, size_t len, const char *info)
{
  unsigned char derived[SEAL_KEYLEN], box[CREDENTIAL_MAXLEN];
  credential_t credential;
  gpg_error_t err;

  ck_assert (!seal_derive (key, info, derived));
  ck_assert (!seal_box (derived, text, len, box));
  err = credential_open (key, box, len + SEAL_OVERHEAD, &credential);
  credential_release (credential);
  return gpg_err_code (err);
}


START_TEST (content)
{
  static const char info[] = "postern 1 attachment";
  static const char junk[] = ALL "\0\0x\0";

  ck_assert_int_eq (open_content (ALL, strlen (ALL), info), 0);
  ck_assert_int_eq (open_content (ALL, strlen (ALL) + 1, info), 0);
  ck_assert_int_eq (open_content (ALL, strlen (ALL) - 1, info),
                    GPG_ERR_BAD_DATA);
  ck_assert_int_eq (open_content (junk, sizeof junk, info),
                    GPG_ERR_BAD_DATA);
  ck_assert_int_eq (open_content (junk, sizeof junk - 3, info), 0);
  ck_assert_int_eq (open_content ("\0\0", 2, info), GPG_ERR_BAD_DATA);
  /* A reply is no attachment.  */
  ck_assert_int_eq (open_content (ALL, strlen (ALL), "postern 1 reply"),
                    GPG_ERR_CHECKSUM);
}
END_TEST


/* Nothing is left in the pool, whatever the end was.  */
START_TEST (released)
{
  unsigned char box[200];
  credential_t c = new_password ("marker-of-the-test", 18), again;
  unsigned int i;

  ck_assert (!credential_seal (c, key, sizeof box, box));
  for (i = 0; i < 1000; i++)
    {
      ck_assert (!credential_open (key, box, sizeof box, &again));
      credential_release (again);
      box[i % sizeof box] ^= 1;
      ck_assert (credential_open (key, box, sizeof box, &again));
      box[i % sizeof box] ^= 1;
    }
  credential_release (c);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("credential");
  TCase *tc = tcase_create ("credential");
  SRunner *sr = srunner_create (suite);
  int failed;

  if (secret_init (CREDENTIAL_POOL))
    return EXIT_FAILURE;
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, members);
  tcase_add_test (tc, refusals);
  tcase_add_test (tc, what_is_put_in);
  tcase_add_test (tc, longest);
  tcase_add_test (tc, sealed);
  tcase_add_test (tc, seal_refuses);
  tcase_add_test (tc, content);
  tcase_add_test (tc, released);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
