/* t-account.c - Tests of server/account.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/vouch/account.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../common/base/secret.h"

/* Of "correct horse".  */
#define YESCRYPT "$y$j9T$m7tmEUlfI4RvgIyv7JCus0$" \
  "8whPyUhv0gO3aip9Kt0ZDdr9z67STwNeGPWH3n6Zd9B"
#define SHA512 "$6$5DUjM72VaO8pqEV3$jx2vdTZ4sAegKCusdZ9QQbnQsusXguFuECZ" \
  ".vzlvHeJjmAbdJ8w/QmxcKtghJXxCFBmKrgSKzyY.ArA7Zwhh/."
#define GOOD "correct horse"
#define DAY 20000               /* Today.  */
#define NOW ((time_t)DAY * 86400 + 40000)
#define COUNT(array) (sizeof array / sizeof *array)

static struct account *account;
static char *message;


/* A file with TEXT in it, at its begin.  */
static int
file_of (const char *text)
{
  int fd = memfd_create ("t-account", 0);
  size_t len = strlen (text);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (write (fd, text, len), (ssize_t)len);
  lseek (fd, 0, SEEK_SET);
  return fd;
}

static gpg_err_code_t
passwd (const char *text, const char *name)
{
  int fd = file_of (text);
  gpg_error_t err;

  free (message);
  err = account_read_passwd (fd, name, account, &message);
  close (fd);
  return gpg_err_code (err);
}

static gpg_err_code_t
shadow (const char *text, const char *name)
{
  int fd = file_of (text);
  gpg_error_t err = account_read_shadow (fd, name, NOW, account);

  close (fd);
  return gpg_err_code (err);
}

static void
setup (void)
{
  account = secret_alloc (sizeof *account);
  ck_assert_ptr_nonnull (account);
}

static void
teardown (void)
{
  secret_release (account);
  free (message);
  message = NULL;
}


START_TEST (one_of_ours)
{
  ck_assert_int_eq (passwd ("bob:" SHA512 "\nalice:" YESCRYPT "\n", "alice"),
                    0);
  ck_assert_str_eq (account->hash, YESCRYPT);
  ck_assert_int_eq (account_check (account, GOOD), REFUSAL_NONE);
  ck_assert_int_eq (account_check (account, "Correct horse"),
                    REFUSAL_CREDENTIAL_WRONG);
  ck_assert_int_eq (account_check (account, GOOD " "),
                    REFUSAL_CREDENTIAL_WRONG);
  ck_assert_int_eq (account_check (account, ""), REFUSAL_CREDENTIAL_WRONG);
  ck_assert_int_eq (passwd ("bob:" SHA512 "\nalice:" YESCRYPT "\n", "bob"),
                    0);
  ck_assert_str_eq (account->hash, SHA512);
  ck_assert_int_eq (account_check (account, GOOD), REFUSAL_NONE);
}
END_TEST

/* What is not there costs what is there: the first hash of the file.  */
START_TEST (none_of_ours)
{
  ck_assert_int_eq (passwd ("bob:" SHA512 "\nalice:" YESCRYPT "\n", "ali"),
                    0);
  ck_assert_str_eq (account->hash, SHA512);
  ck_assert_int_eq (account_check (account, GOOD), REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert_int_eq (account_check (account, "x"), REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert_int_eq (passwd ("", "alice"), 0);
  ck_assert_int_eq (strncmp (account->hash, "$y$j9T$", 7), 0);
  ck_assert_int_eq (account_check (account, GOOD), REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert_int_eq (passwd ("alice:" YESCRYPT "\n", ""), 0);
  ck_assert_int_eq (account_check (account, GOOD), REFUSAL_ACCOUNT_UNKNOWN);
}
END_TEST

START_TEST (a_bad_file_of_ours)
{
  ck_assert_int_eq (passwd ("alice:" YESCRYPT "\nbob:ykfqEsDPjMn2Y\n",
                            "alice"), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (message, "DES"));
}
END_TEST

/* A password of any length is hashed whole, or wrong.  */
START_TEST (long_passwords)
{
  char password[1100];
  size_t len;

  ck_assert_int_eq (passwd ("alice:" YESCRYPT "\n", "alice"), 0);
  for (len = 500; len < sizeof password; len += 100)
    {
      memset (password, 'x', len);
      memcpy (password, GOOD, strlen (GOOD));
      password[len] = 0;
      ck_assert_int_eq (account_check (account, password),
                        REFUSAL_CREDENTIAL_WRONG);
    }
}
END_TEST

/* Fields behind the name, and what is made of them.  */
static const struct
{
  const char *fields;
  enum refusal refusal;
  const char *hash;             /* NULL: any.  */
} cases[] =
  {
    { YESCRYPT ":19000:0:99999:7:::", REFUSAL_NONE, YESCRYPT },
    { SHA512 ":19000::::::", REFUSAL_NONE, SHA512 },
    { YESCRYPT ":::::::", REFUSAL_NONE, YESCRYPT },
    /* As weak as the system has it.  */
    { "$1$ieUkAeCo$GXeTgeG.RHNpd5FUQWIyw/:19000::::::", REFUSAL_NONE, NULL },
    { ":19000::::::", REFUSAL_PASSWORD_NONE, NULL },
    { "!" YESCRYPT ":19000::::::", REFUSAL_ACCOUNT_LOCKED, YESCRYPT },
    { "!!" SHA512 ":19000::::::", REFUSAL_ACCOUNT_LOCKED, SHA512 },
    { "*" SHA512 ":19000::::::", REFUSAL_ACCOUNT_LOCKED, SHA512 },
    { "*:19000::::::", REFUSAL_ACCOUNT_LOCKED, NULL },
    { "!:19000::::::", REFUSAL_ACCOUNT_LOCKED, NULL },
    { "!*:19000::::::", REFUSAL_ACCOUNT_LOCKED, NULL },
    { "x:19000::::::", REFUSAL_ACCOUNT_LOCKED, NULL },
    { "$9$abc:19000::::::", REFUSAL_ACCOUNT_LOCKED, NULL },
    /* The account's day: the first on which it has expired.  */
    { YESCRYPT ":19000:0:99999:7::20001:", REFUSAL_NONE, YESCRYPT },
    { YESCRYPT ":19000:0:99999:7::20000:", REFUSAL_ACCOUNT_EXPIRED,
      YESCRYPT },
    { YESCRYPT ":19000:0:99999:7::0:", REFUSAL_ACCOUNT_EXPIRED, YESCRYPT },
    { "!" YESCRYPT ":19000:0:99999:7::1:", REFUSAL_ACCOUNT_LOCKED, NULL },
    /* The password's.  */
    { YESCRYPT ":19970:0:30:7:::", REFUSAL_NONE, YESCRYPT },
    { YESCRYPT ":19969:0:30:7:::", REFUSAL_PASSWORD_EXPIRED, YESCRYPT },
    { YESCRYPT ":19969:0:30:7:99::", REFUSAL_PASSWORD_EXPIRED, YESCRYPT },
    { YESCRYPT ":0:0:99999:7:::", REFUSAL_PASSWORD_EXPIRED, YESCRYPT },
    { YESCRYPT ":20000:0:0:7:::", REFUSAL_NONE, YESCRYPT },
    { YESCRYPT ":19999:0:0:7:::", REFUSAL_PASSWORD_EXPIRED, YESCRYPT },
    { YESCRYPT ":20005:0:30:7:::", REFUSAL_NONE, YESCRYPT }
  };

START_TEST (the_systems)
{
  char text[1024];

  snprintf (text, sizeof text, "daemon:*:19000:0:99999:7:::\n"
            "alice:%s\nbob:" SHA512 ":19000::::::\n", cases[_i].fields);
  ck_assert_int_eq (shadow (text, "alice"), 0);
  ck_assert_int_eq (account->refusal, cases[_i].refusal);
  if (cases[_i].hash)
    ck_assert_str_eq (account->hash, cases[_i].hash);
  ck_assert_ptr_nonnull (strchr (account->hash, '$'));
  if (cases[_i].hash)
    ck_assert_int_eq (account_check (account, GOOD), cases[_i].refusal);
  ck_assert_int_eq (account_check (account, "wrong"), cases[_i].refusal
                    ? cases[_i].refusal : REFUSAL_CREDENTIAL_WRONG);
}
END_TEST

START_TEST (whose)
{
  static const char file[] =
    "alice:" YESCRYPT ":19000::::::\n# alice.b:x\n\nbroken line\n"
    "alice.b:" SHA512 ":19000::::::\nalice:" SHA512 ":19000::::::\n";

  ck_assert_int_eq (shadow (file, "alice"), 0);
  ck_assert_str_eq (account->hash, YESCRYPT);   /* The first.  */
  ck_assert_int_eq (shadow (file, "alice.b"), 0);
  ck_assert_int_eq (account->refusal, REFUSAL_NONE);
  ck_assert_str_eq (account->hash, SHA512);
  ck_assert_int_eq (shadow (file, "alic"), 0);
  ck_assert_int_eq (account->refusal, REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert_str_eq (account->hash, YESCRYPT);
  ck_assert_int_eq (shadow (file, "broken line"), 0);
  ck_assert_int_eq (account->refusal, REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert_int_eq (shadow ("", "alice"), 0);
  ck_assert_int_eq (account->refusal, REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert_int_eq (strncmp (account->hash, "$y$j9T$", 7), 0);
  ck_assert_int_eq (account_check (account, GOOD), REFUSAL_ACCOUNT_UNKNOWN);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("account");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  if (secret_init (65536))
    return 77;
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, one_of_ours);
  tcase_add_test (tc, none_of_ours);
  tcase_add_test (tc, a_bad_file_of_ours);
  tcase_add_test (tc, long_passwords);
  tcase_add_loop_test (tc, the_systems, 0, COUNT (cases));
  tcase_add_test (tc, whose);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
