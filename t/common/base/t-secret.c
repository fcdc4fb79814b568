/* t-secret.c - Tests of common/secret.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/base/secret.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <gcrypt.h>

#define POOL 32768


START_TEST (memory_is_secure)
{
  unsigned char *p, zero[100] = { 0 };

  ck_assert_uint_eq (secret_init (POOL), 0);
  p = secret_alloc (sizeof zero);
  ck_assert_ptr_nonnull (p);
  ck_assert (gcry_is_secure (p));
  ck_assert_mem_eq (p, zero, sizeof zero);
  secret_release (p);
  secret_release (NULL);
  p = secret_alloc (0);
  ck_assert_ptr_nonnull (p);
  secret_release (p);
}
END_TEST


START_TEST (no_dumps)
{
  struct rlimit lim;

  ck_assert_uint_eq (secret_init (POOL), 0);
  ck_assert_int_eq (prctl (PR_GET_DUMPABLE), 0);
  ck_assert_int_eq (getrlimit (RLIMIT_CORE, &lim), 0);
  ck_assert_uint_eq (lim.rlim_cur, 0);
  ck_assert_uint_eq (lim.rlim_max, 0);
  ck_assert_uint_eq (secret_init (POOL), 0);
}
END_TEST


#ifndef POSTERN_SANITIZE        /* Under which mlock does nothing.  */
/* Memory that may be swapped out is not given out as secret.  */
START_TEST (unlocked_memory_is_refused)
{
  const struct rlimit none = { 0, 0 };

  ck_assert_int_eq (setrlimit (RLIMIT_MEMLOCK, &none), 0);
  /* Root may lock whatever the limit says.  */
  if (!geteuid ())
    ck_assert_int_eq (setuid (65534), 0);
  ck_assert_uint_eq (gpg_err_code (secret_init (POOL)), GPG_ERR_ENOMEM);
}
END_TEST
#endif


START_TEST (equal)
{
  unsigned char a[33], b[33];

  ck_assert_uint_eq (secret_init (POOL), 0);
  secret_random (a, sizeof a);
  memcpy (b, a, sizeof a);
  ck_assert (secret_equal (a, b, sizeof a));
  ck_assert (secret_equal (a, b, 0));
  b[32] ^= 0x80;
  ck_assert (!secret_equal (a, b, sizeof a));
  ck_assert (secret_equal (a, b, 32));
  b[0] ^= 1;
  ck_assert (!secret_equal (a, b, 32));
}
END_TEST


START_TEST (wipe_and_random)
{
  unsigned char a[64], zero[64] = { 0 }, b[64];

  ck_assert_uint_eq (secret_init (POOL), 0);
  secret_random (a, sizeof a);
  secret_random (b, sizeof b);
  ck_assert_mem_ne (a, b, sizeof a);
  ck_assert_mem_ne (a, zero, sizeof a);
  secret_wipe (a, sizeof a - 1);
  ck_assert_mem_eq (a, zero, sizeof a - 1);
  secret_wipe (NULL, 0);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("secret");
  TCase *tc = tcase_create ("secret");
  SRunner *sr;
  int failed;

  tcase_add_test (tc, memory_is_secure);
  tcase_add_test (tc, no_dumps);
#ifndef POSTERN_SANITIZE
  tcase_add_test (tc, unlocked_memory_is_refused);
#endif
  tcase_add_test (tc, equal);
  tcase_add_test (tc, wipe_and_random);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
