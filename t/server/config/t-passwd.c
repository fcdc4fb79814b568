/* t-passwd.c - Tests of common/passwd.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "config-dir.h"

#include "../../../server/config/passwd.h"
#include "../../../common/base/secret.h"

/* crypt(3) made them of "correct horse".  */
#define YESCRYPT "$y$j9T$m7tmEUlfI4RvgIyv7JCus0$" \
  "8whPyUhv0gO3aip9Kt0ZDdr9z67STwNeGPWH3n6Zd9B"
#define GOST "$gy$j9T$casp/RVvQm19Nq.FSwoc2/$" \
  "6B3Rmb81TSMTWMS8033xq6wU753dZ8ldxHjK3FafBuC"
#define SCRYPT "$7$CU..../....t7.piiT8wNqt0T6UepDP80$" \
  "yX7wJra4vtToFJKIBm1vGRovxKb1DA7wf48fPYl1VT7"
#define BCRYPT "$2b$05$E95TRC9VrxdKe.5YkEnisugrE3O/y6HNdaCAEzd7S6VRO3Ly7fM8K"
#define BCRYPT_Y "$2y$05$y1/lQGFLjVoLGRb2qU31sOE6AOcdz7egeyRA7C6BObCRkD2f7qZq."
#define SHA512 "$6$5DUjM72VaO8pqEV3$jx2vdTZ4sAegKCusdZ9QQbnQsusXguFuECZ" \
  ".vzlvHeJjmAbdJ8w/QmxcKtghJXxCFBmKrgSKzyY.ArA7Zwhh/."
#define SHA256 "$5$OAN/9a2/JEYMfBJb$Q5unVv0GkbursaTmp11tWSwhDexhFRjKzRE7RelDhA3"

static char seen[4096];


static gpg_error_t
note (void *hook, const struct passwd_entry *entry)
{
  size_t len = strlen (seen);

  (void)hook;
  snprintf (seen + len, sizeof seen - len, "%u %s %.5s|", entry->line,
            entry->name, entry->hash);
  return 0;
}

static gpg_err_code_t
walk (void)
{
  gpg_error_t err;
  int fd;

  free (message);
  *seen = 0;
  ck_assert_uint_eq (passwd_open (config_dir, &fd, &message), 0);
  err = passwd_walk (fd, in_dir ("passwd"), note, NULL, &message);
  close (fd);
  return gpg_err_code (err);
}

static gpg_err_code_t
check (void)
{
  free (message);
  return gpg_err_code (passwd_check (config_dir, &message));
}


START_TEST (kinds)
{
  put ("passwd", "# A comment.\n\nalice:" YESCRYPT "\nbob:" GOST
       "\ncarol:" SCRYPT "\nd:" BCRYPT "\ne:" BCRYPT_Y "\nf:" SHA512 "\n");
  ck_assert_int_eq (walk (), 0);
  ck_assert_str_eq (seen, "3 alice $y$j9|4 bob $gy$j|5 carol $7$CU|"
                    "6 d $2b$0|7 e $2y$0|8 f $6$5D|");
  ck_assert_ptr_null (message);
  ck_assert_int_eq (check (), 0);
}
END_TEST

/* Each is refused in line 2, with TEXT.  */
static const struct
{
  const char *line;
  const char *text;
} wrong[] =
  {
    { "bob:$1$ieUkAeCo$GXeTgeG.RHNpd5FUQWIyw/\n", "with MD5, which is too" },
    { "bob:$3$$cfc43211ba8dc470832267827cac1407\n", "with NT, which is too" },
    { "bob:" SHA256 "\n", "with SHA-256, which is too weak" },
    { "bob:$sha1$204668$3mSJWxSgQKaptnKLLZhr$QSSHvLvc8HRnr9lCZQNau.y/BZzI\n",
      "with SHA-1" },
    { "bob:$md5,rounds=69290$S80r/YlZ$$IbBK6ECpVLbBaeCnJEET41\n", "SunMD5" },
    { "bob:$2a$05$mObsX/wa9uUIHmXy08JTlOF93C7V5wTdjTQLFmoWxKYAzCjuhGXzO\n",
      "the old bcrypt" },
    { "bob:_J9..s0J6Twi8d0OJ0Ho\n", "with DES" },
    { "bob:ykfqEsDPjMn2Y\n", "with DES" },
    { "bob:ykfqEsDPjMn2YykfqEsDPjMn2Y\n", "with DES" },
    { "bob:" YESCRYPT "B\n", "of a kind that is not accepted" },
    { "bob:!" YESCRYPT "\n", "of a kind that is not accepted" },
    { "bob:$y$j9T$m7tm\n", "of a kind that is not accepted" },
    { "bob:" SHA512 ":19000\n", "of a kind that is not accepted" },
    { "bob:\n", "of a kind that is not accepted" },
    { "bob:secret\n", "of a kind that is not accepted" },
    { "bob:x\n", "of a kind that is not accepted" },
    { "bob:*\n", "of a kind that is not accepted" },
    { "bob: " YESCRYPT "\n", "of a kind that is not accepted" },
    { "bob:" YESCRYPT " \n", "of a kind that is not accepted" },
    { "bob:" YESCRYPT "\r\n", "of a kind that is not accepted" },
    { "bob\n", "not a line 'NAME:HASH'" },
    { ":" YESCRYPT "\n", "not a line" },
    { "b\033ob:" YESCRYPT "\n", "not a line" },
    { "b\xff:" YESCRYPT "\n", "not a line" },
    { "0123456789012345678901234567890123456789012345678901234567890123x:"
      YESCRYPT "\n", "not a line" },
    { "bob:" YESCRYPT, "has no end" },
    { "b", "has no end" }
  };

START_TEST (refusals)
{
  char text[1024], start[300];

  snprintf (text, sizeof text, "alice:" YESCRYPT "\n%s", wrong[_i].line);
  put ("passwd", text);
  ck_assert_int_eq (check (), GPG_ERR_INV_VALUE);
  snprintf (start, sizeof start, "%s:2: ", in_dir ("passwd"));
  ck_assert_msg (!strncmp (message, start, strlen (start)), "%s", message);
  ck_assert_msg (strstr (message, wrong[_i].text) != NULL, "%s", message);
  /* No hash is shown.  */
  ck_assert_ptr_null (strstr (message, "ykfq"));
  ck_assert_ptr_null (strchr (message, '$'));
  ck_assert_int_eq (walk (), GPG_ERR_INV_VALUE);
  ck_assert_str_eq (seen, "1 alice $y$j9|");
  put ("passwd", "alice:" YESCRYPT "\nbob:" SHA512 "\n");
  ck_assert_int_eq (check (), 0);
}
END_TEST

START_TEST (longest_name)
{
  put ("passwd", "012345678901234567890123456789012345678901234567890123456789"
       "0123:" YESCRYPT "\nal\xc3\xads b:" YESCRYPT "\n");
  ck_assert_int_eq (check (), 0);
}
END_TEST

START_TEST (a_long_line)
{
  char text[700];

  memset (text, '#', sizeof text);
  text[511] = '\n';
  text[512] = 0;
  put ("passwd", text);
  ck_assert_int_eq (check (), 0);
  text[511] = '#';
  text[512] = '\n';
  text[513] = 0;
  put ("passwd", text);
  ck_assert_int_eq (check (), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (message, "longer than 511 bytes"));
}
END_TEST

START_TEST (a_nul)
{
  put_bytes ("passwd", "alice\0:x\n", 9);
  ck_assert_int_eq (check (), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (message, "a NUL"));
}
END_TEST

START_TEST (a_repeated_name)
{
  put ("passwd", "bob:" SHA512 "\nalice:" YESCRYPT "\nbob:" GOST "\n");
  ck_assert_int_eq (check (), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (message, "'bob' is repeated"));
  put ("passwd", "bob:" SHA512 "\nalice:" YESCRYPT "\nbob.b:" GOST "\n");
  ck_assert_int_eq (check (), 0);
}
END_TEST

START_TEST (modes)
{
  put ("passwd", "alice:" YESCRYPT "\n");
  ck_assert_int_eq (chmod (in_dir ("passwd"), 0640), 0);
  ck_assert_int_eq (check (), GPG_ERR_EPERM);
  ck_assert_ptr_nonnull (strstr (message, "can reach this secret"));
  ck_assert_int_eq (chmod (in_dir ("passwd"), 0600), 0);
  ck_assert_int_eq (check (), 0);
}
END_TEST

START_TEST (none_at_all)
{
  int fd;

  ck_assert_int_eq (check (), 0);
  ck_assert_ptr_null (message);
  ck_assert_uint_eq (passwd_open (config_dir, &fd, &message), 0);
  ck_assert_int_eq (fd, -1);
  put ("passwd", "");
  ck_assert_int_eq (check (), 0);
}
END_TEST

/* More than is read at once.  */
START_TEST (many)
{
  FILE *fp = fopen (in_dir ("passwd"), "w");
  int i;

  ck_assert_ptr_nonnull (fp);
  ck_assert_int_eq (chmod (in_dir ("passwd"), 0600), 0);
  for (i = 0; i < 5000; i++)
    fprintf (fp, "user%d:%s\n", i, i % 2 ? SHA512 : YESCRYPT);
  fclose (fp);
  ck_assert_int_eq (check (), 0);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("passwd");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  if (secret_init (16384))
    return 77;
  tcase_add_checked_fixture (tc, setup_dir, teardown_dir);
  tcase_set_timeout (tc, 30);
  tcase_add_test (tc, kinds);
  tcase_add_loop_test (tc, refusals, 0, COUNT (wrong));
  tcase_add_test (tc, longest_name);
  tcase_add_test (tc, a_long_line);
  tcase_add_test (tc, a_nul);
  tcase_add_test (tc, a_repeated_name);
  tcase_add_test (tc, modes);
  tcase_add_test (tc, none_at_all);
  tcase_add_test (tc, many);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
